import type { FunctionView } from "@pulse/schema/wire/functions";
import { useNavigate } from "@solidjs/router";
import { useMutation } from "@tanstack/solid-query";
import { createSignal, type JSX, Show } from "solid-js";
import { Allowed } from "../session/allowed.tsx";
import { Button } from "../ui/button.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { Field, inputClass } from "../ui/field.tsx";
import { Panel } from "../ui/panel.tsx";
import { ProblemNotice } from "../ui/problem-notice.tsx";
import { say } from "../ui/toasts.tsx";
import { t } from "../words/words.ts";
import { WithBench } from "./beginning.tsx";
import { dropDraft } from "./draft-store.ts";
import { LiveSettings } from "./live-settings.tsx";
import { removeFunction } from "./queries.ts";
import { VersionSettings } from "./version-settings.tsx";

/** Everything that can be set about a function, and its end. */
export function SettingsTab(props: {
  name: string;
  view: FunctionView | null;
  hasDraft: boolean;
}): JSX.Element {
  return (
    <div class="grid items-start gap-4 lg:grid-cols-2">
      <Show when={props.view}>{(view) => <LiveSettings view={view()} />}</Show>
      <Panel title={t("fnset.version_title")}>
        <WithBench name={props.name} view={props.view}>
          {(bench) => <VersionSettings bench={bench} />}
        </WithBench>
      </Panel>
      <Remove name={props.name} view={props.view} hasDraft={props.hasDraft} />
    </div>
  );
}

function Remove(props: { name: string; view: FunctionView | null; hasDraft: boolean }): JSX.Element {
  const navigate = useNavigate();
  const [isAsked, setAsked] = createSignal(false);
  const [typed, setTyped] = createSignal("");
  const remove = useMutation(() => ({
    mutationFn: async () => {
      if (props.hasDraft) await dropDraft(props.name);
      if (props.view !== null) await removeFunction(props.name);
    },
    onSuccess: () => {
      say(t("fnset.removed", { name: props.name }));
      navigate("/functions");
    },
  }));
  return (
    <Panel title={t("fnset.remove_title")}>
      <div class="grid justify-items-start gap-3">
        <p class="text-muted">{t("fnset.remove_hint")}</p>
        <Allowed scope="deploy">
          <Button look="danger" onClick={() => setAsked(true)}>
            {t("fnset.remove")}
          </Button>
        </Allowed>
      </div>
      <Dialog
        open={isAsked()}
        title={t("fnset.remove_ask", { name: props.name })}
        onClose={() => setAsked(false)}
      >
        <form
          class="grid gap-4"
          onSubmit={(event) => {
            event.preventDefault();
            if (typed() === props.name) remove.mutate();
          }}
        >
          <Field label={t("fnset.remove_type", { name: props.name })}>
            {(ids) => (
              <input
                {...ids}
                autofocus
                class={inputClass}
                value={typed()}
                autocomplete="off"
                autocapitalize="none"
                onInput={(event) => setTyped(event.currentTarget.value)}
              />
            )}
          </Field>
          <Show when={remove.error}>{(error) => <ProblemNotice error={error()} />}</Show>
          <div class="flex justify-end gap-2">
            <Button onClick={() => setAsked(false)}>{t("shell.cancel")}</Button>
            <Button type="submit" look="danger" disabled={typed() !== props.name || remove.isPending}>
              {t("fnset.remove")}
            </Button>
          </div>
        </form>
      </Dialog>
    </Panel>
  );
}
