import { useMutation, useQuery } from "@tanstack/solid-query";
import { createSignal, For, type JSX, Show } from "solid-js";
import { Button } from "../ui/button.tsx";
import { CodeText } from "../ui/code-text.tsx";
import { CopyButton } from "../ui/copy-button.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { Field, inputClass } from "../ui/field.tsx";
import { dataOf } from "../ui/loaded.tsx";
import { ProblemNotice } from "../ui/problem-notice.tsx";
import { t } from "../words/words.ts";
import { Arrival } from "./arrival.tsx";
import { readLabels, startLine, type Way, ways } from "./enrolment.ts";
import { makeToken, runnersQuery } from "./queries.ts";

/** As browsers read it: a hyphen in a class is escaped. */
const namePattern = "[a-z0-9]([a-z0-9_\\-]{0,61}[a-z0-9])?";

interface Made {
  line: string;
  way: Way;
  /** The runners that were there before. */
  known: ReadonlySet<string>;
  /** When its token was made. */
  madeAt: string;
}

/** Makes an enrolment token, shows the line that starts a runner with it, and says when that runner is there. */
export function AddDialog(props: { onClose: () => void }): JSX.Element {
  const runners = useQuery(runnersQuery);
  const [wrong, setWrong] = createSignal<string>();
  const make = useMutation(() => ({
    mutationFn: async (wanted: {
      name: string;
      pool: string;
      labels: Record<string, string>;
      way: Way;
    }): Promise<Made> => {
      const known = new Set((dataOf(runners) ?? []).map(({ id }) => id));
      const { name, way, ...given } = wanted;
      const { token, madeAt } = await makeToken(given);
      return { line: startLine(location.origin, token, name, way), way, known, madeAt };
    },
  }));
  const submit = (event: SubmitEvent & { currentTarget: HTMLFormElement }) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const text = (name: string) => String(form.get(name) ?? "").trim();
    const labels = readLabels(text("labels"));
    setWrong(labels === null ? t("runners.labels_wrong") : undefined);
    const way = ways.find((one) => one === text("way")) ?? "terminal";
    if (labels !== null) make.mutate({ name: text("name"), pool: text("pool") || "default", labels, way });
  };
  return (
    <Dialog open onClose={props.onClose} title={t("runners.add_title")}>
      <Show
        when={make.data}
        fallback={
          <form class="grid gap-4" onSubmit={submit}>
            <Field label={t("runners.field_name")} hint={t("runners.field_name_hint")}>
              {(ids) => (
                <input {...ids} name="name" class={inputClass} autocomplete="off" pattern={namePattern} />
              )}
            </Field>
            <Field label={t("runners.field_pool")}>
              {(ids) => <input {...ids} name="pool" class={inputClass} autocomplete="off" value="default" />}
            </Field>
            <Field label={t("runners.field_labels")} hint={t("runners.field_labels_hint")} wrong={wrong()}>
              {(ids) => <input {...ids} name="labels" class={inputClass} autocomplete="off" />}
            </Field>
            <Field label={t("runners.field_way")}>
              {(ids) => (
                <select {...ids} name="way" class={inputClass}>
                  <For each={ways}>{(way) => <option value={way}>{t(`runners.way_${way}`)}</option>}</For>
                </select>
              )}
            </Field>
            <Show when={make.error}>{(error) => <ProblemNotice error={error()} />}</Show>
            <Button type="submit" look="primary" class="justify-self-end" disabled={make.isPending}>
              {t("runners.make_token")}
            </Button>
          </form>
        }
      >
        {(made) => (
          <>
            <p>{t(`runners.paste_${made().way}`)}</p>
            <div class="grid gap-2">
              <CodeText text={made().line} label={t("runners.command")} wraps />
              <div class="justify-self-end">
                <CopyButton text={made().line} what={t("runners.command")} />
              </div>
            </div>
            <p class="text-xs text-muted">{t("runners.token_once")}</p>
            <Arrival
              newcomer={(dataOf(runners) ?? []).find(({ id }) => !made().known.has(id))}
              since={made().madeAt}
              onAgain={() => make.reset()}
            />
            <Button class="justify-self-end" onClick={() => props.onClose()}>
              {t("shell.close")}
            </Button>
          </>
        )}
      </Show>
    </Dialog>
  );
}
