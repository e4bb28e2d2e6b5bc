import type { DraftBody } from "@pulse/schema/wire/drafts";
import type { ExecutionError } from "@pulse/schema/wire/job";
import { useMutation, useQuery } from "@tanstack/solid-query";
import { createEffect, createMemo, createSignal, type JSX, Match, on, Show, Switch } from "solid-js";
import { executionQuery } from "../executions/queries.ts";
import { Button } from "../ui/button.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { Field, inputClass } from "../ui/field.tsx";
import { dataOf } from "../ui/loaded.tsx";
import { ProblemNotice } from "../ui/problem-notice.tsx";
import { say } from "../ui/toasts.tsx";
import { t } from "../words/words.ts";
import { ChangeLists } from "./change-list.tsx";
import { changesOf } from "./changes.ts";
import { deployDraft, versionQuery } from "./deploy.ts";
import type { DeployedCode } from "./draft-store.ts";
import { Wrong } from "./run-view.tsx";
import { SmallLog } from "./small-log.tsx";
import { WaitNote } from "./wait-note.tsx";

/** Sums up what a deploy changes, deploys, and shows the build until it is ready or has failed. */
export function DeployDialog(props: {
  name: string;
  draft: DraftBody;
  deployed: DeployedCode | null;
  onClose: () => void;
  /** A version of this draft is ready. */
  onReady: (version: number, draft: DraftBody) => void;
  onError: (error: ExecutionError | null) => void;
  onPlace: (file: string, line: number) => void;
}): JSX.Element {
  const [message, setMessage] = createSignal("");
  const [isLive, setLive] = createSignal(true);
  // What is deployed is what is summed up here, whatever is typed elsewhere meanwhile.
  const draft = props.draft;
  const changes = createMemo(() => changesOf(draft, props.deployed));
  const summary = () => {
    if (props.deployed === null) return t("deploy.first");
    const isSame = Object.values(changes()).every((list) => list.length === 0);
    return t(isSame ? "deploy.same" : "deploy.against", { version: String(props.deployed.version) });
  };
  const deploy = useMutation(() => ({
    mutationFn: () => deployDraft(props.name, draft, { message: message().trim(), isLive: isLive() }),
  }));
  return (
    <Dialog open title={t("deploy.title", { name: props.name })} onClose={() => props.onClose()}>
      <Show
        when={deploy.isSuccess && deploy.data}
        fallback={
          <form
            class="grid gap-4"
            onSubmit={(event) => {
              event.preventDefault();
              deploy.mutate();
            }}
          >
            <p class="text-muted">{summary()}</p>
            <div class="grid max-h-64 gap-3 overflow-y-auto">
              <ChangeLists changes={changes()} />
            </div>
            <Field label={t("deploy.message")} hint={t("deploy.message_hint")}>
              {(ids) => (
                <input
                  {...ids}
                  autofocus
                  class={inputClass}
                  value={message()}
                  maxlength="500"
                  autocomplete="off"
                  onInput={(event) => setMessage(event.currentTarget.value)}
                />
              )}
            </Field>
            <label class="flex min-h-6 items-center gap-2">
              <input
                type="checkbox"
                class="size-4 accent-accent"
                checked={isLive()}
                onChange={(event) => setLive(event.currentTarget.checked)}
              />
              {t("deploy.make_live")}
            </label>
            <Show when={deploy.error}>{(error) => <ProblemNotice error={error()} />}</Show>
            <div class="flex justify-end gap-2">
              <Button onClick={() => props.onClose()}>{t("shell.cancel")}</Button>
              <Button type="submit" look="primary" disabled={deploy.isPending}>
                {t("deploy.go")}
              </Button>
            </div>
          </form>
        }
      >
        {(made) => (
          <Building
            name={props.name}
            version={made().version}
            build={made().buildExecution}
            isLive={isLive()}
            files={Object.keys(draft.files)}
            onClose={() => props.onClose()}
            onReady={() => props.onReady(made().version, draft)}
            onError={(error) => props.onError(error)}
            onPlace={(file, line) => props.onPlace(file, line)}
          />
        )}
      </Show>
    </Dialog>
  );
}

/** A version until it is ready. */
function Building(props: {
  name: string;
  version: number;
  build: string | null;
  isLive: boolean;
  files: readonly string[];
  onClose: () => void;
  onReady: () => void;
  onError: (error: ExecutionError | null) => void;
  onPlace: (file: string, line: number) => void;
}): JSX.Element {
  const version = useQuery(() => versionQuery(props.name, props.version));
  const build = useQuery(() => ({ ...executionQuery(props.build ?? ""), enabled: props.build !== null }));
  const status = createMemo(() => dataOf(version)?.status ?? "building");
  const error = () => dataOf(build)?.error ?? null;
  createEffect(
    on(status, (now) => {
      if (now !== "ready") return;
      say(t(props.isLive ? "deploy.is_live" : "deploy.is_ready", { version: String(props.version) }));
      props.onReady();
    }),
  );
  createEffect(() => {
    if (status() === "failed" && error() !== null) props.onError(error());
  });
  return (
    <div class="grid min-w-0 gap-3">
      <p role="status">
        <Switch>
          <Match when={status() === "building"}>
            {t("deploy.building", { version: String(props.version) })}
          </Match>
          <Match when={status() === "ready"}>
            {t("deploy.is_ready", { version: String(props.version) })}
          </Match>
        </Switch>
      </p>
      <Show when={status() === "failed"}>
        <Wrong
          title={t("deploy.failed", { version: String(props.version) })}
          error={error()}
          files={props.files}
          onPlace={(file, line) => props.onPlace(file, line)}
        />
      </Show>
      <Show when={status() === "building" && props.build} keyed>
        {(id) => <WaitNote id={id} />}
      </Show>
      <Show when={props.build} keyed>
        {(id) => <SmallLog id={id} isOver={status() !== "building"} label={t("test.build_log")} />}
      </Show>
      <div class="flex justify-end">
        <Button onClick={() => props.onClose()}>{t("shell.close")}</Button>
      </div>
    </div>
  );
}
