import type { DeliveryView } from "@pulse/schema/wire/deliveries";
import { useMutation, useQuery } from "@tanstack/solid-query";
import { createSignal, For, type JSX, Show } from "solid-js";
import { Button } from "../ui/button.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { Field, inputClass } from "../ui/field.tsx";
import { dataOf } from "../ui/loaded.tsx";
import { ProblemNotice } from "../ui/problem-notice.tsx";
import { say } from "../ui/toasts.tsx";
import { counted, t } from "../words/words.ts";
import { deliveryWord } from "./delivery-status.tsx";
import { countedMost, resendAll, resendableQuery } from "./webhook-queries.ts";
import { localText } from "./zone-time.ts";

const hourMs = 3_600_000;
const statuses = ["failed", "captured", "filtered", "started"] as const;

/** Sends again what a webhook was sent since a time: first how much that is, then how far it got. */
export function ResendDialog(props: { id: string; onClose: () => void }): JSX.Element {
  const [since, setSince] = createSignal(localText(new Date(Date.now() - hourMs)));
  const [status, setStatus] = createSignal<DeliveryView["status"] | undefined>("failed");
  const [done, setDone] = createSignal(0);
  const from = () => {
    const at = new Date(since());
    return Number.isNaN(at.getTime()) ? null : at.toISOString();
  };
  const found = useQuery(() => resendableQuery(props.id, from(), status()));
  const count = () => dataOf(found);
  const howMany = (many: number) =>
    many > countedMost
      ? t("webhooks.resend_more", { count: countedMost })
      : counted("webhooks.resend_count", many);
  const send = useMutation(() => ({
    mutationFn: (at: string) => resendAll(props.id, at, status(), setDone),
    onSuccess(sent) {
      say(counted("webhooks.resent_all", sent));
      props.onClose();
    },
  }));
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const at = from();
    if (at !== null) send.mutate(at);
  };
  return (
    <Dialog open onClose={props.onClose} title={t("webhooks.resend_since")}>
      <form class="grid gap-4" onSubmit={submit}>
        <Field
          label={t("webhooks.since")}
          hint={t("webhooks.since_hint")}
          wrong={from() === null ? t("webhooks.since_wrong") : undefined}
        >
          {(ids) => (
            <input
              {...ids}
              type="datetime-local"
              step="1"
              required
              class={inputClass}
              value={since()}
              onInput={(event) => setSince(event.currentTarget.value)}
            />
          )}
        </Field>
        <Field label={t("webhooks.result")}>
          {(ids) => (
            <select
              {...ids}
              class={inputClass}
              // The options are these statuses, and none.
              onChange={(event) =>
                setStatus((event.currentTarget.value || undefined) as DeliveryView["status"] | undefined)
              }
            >
              <For each={statuses}>
                {(one) => (
                  <option value={one} selected={one === status()}>
                    {t(deliveryWord(one))}
                  </option>
                )}
              </For>
              <option value="">{t("webhooks.any_result")}</option>
            </select>
          )}
        </Field>
        <p role="status" class="min-h-5">
          <Show when={send.isPending} fallback={<Show when={count()}>{(many) => howMany(many())}</Show>}>
            {t("webhooks.resend_done", { count: done() })}
          </Show>
          <Show when={!send.isPending && count() === 0}>{t("webhooks.resend_none")}</Show>
        </p>
        <Show when={found.error ?? send.error}>{(error) => <ProblemNotice error={error()} />}</Show>
        <div class="flex flex-wrap justify-end gap-2">
          <Button onClick={() => props.onClose()}>{t("shell.cancel")}</Button>
          <Button type="submit" look="primary" disabled={send.isPending || !count()}>
            {t("webhooks.resend")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
