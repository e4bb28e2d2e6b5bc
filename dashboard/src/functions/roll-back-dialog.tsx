import { useMutation } from "@tanstack/solid-query";
import { createSignal, type JSX, Show } from "solid-js";
import { Button } from "../ui/button.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { Field, inputClass } from "../ui/field.tsx";
import { ProblemNotice } from "../ui/problem-notice.tsx";
import { t } from "../words/words.ts";

/** Asks why a function goes back to an older version; closes when it has. */
export function RollBackDialog(props: {
  version: number;
  act: (reason: string) => Promise<unknown>;
  onClose: () => void;
}): JSX.Element {
  const [reason, setReason] = createSignal("");
  const move = useMutation(() => ({
    mutationFn: () => props.act(reason().trim()),
    onSuccess: () => props.onClose(),
  }));
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    move.mutate();
  };
  return (
    <Dialog
      open
      title={t("version.roll_back_title", { version: String(props.version) })}
      onClose={() => props.onClose()}
    >
      <form class="grid gap-4" onSubmit={submit}>
        <p>{t("version.roll_back_hint")}</p>
        <Field label={t("version.reason")} hint={t("version.reason_hint")}>
          {(ids) => (
            <input
              {...ids}
              autofocus
              class={inputClass}
              value={reason()}
              maxlength="500"
              autocomplete="off"
              onInput={(event) => setReason(event.currentTarget.value)}
            />
          )}
        </Field>
        <Show when={move.error}>{(error) => <ProblemNotice error={error()} />}</Show>
        <div class="flex flex-wrap justify-end gap-2">
          <Button onClick={() => props.onClose()}>{t("shell.cancel")}</Button>
          <Button type="submit" look="primary" disabled={move.isPending}>
            {t("version.roll_back")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
