import type { ExecutionView } from "@pulse/schema/wire/executions";
import { A } from "@solidjs/router";
import { type JSX, Show } from "solid-js";
import { CopyButton } from "../ui/copy-button.tsx";
import { Fact, Facts } from "../ui/facts.tsx";
import { exact } from "../ui/moment.tsx";
import { Panel } from "../ui/panel.tsx";
import { number, t } from "../words/words.ts";
import { executionPath } from "./execution-row.tsx";

/** Everything else there is to know about an execution. */
export function ExecutionFacts(props: { view: ExecutionView }): JSX.Element {
  const time = (at: string | null) => (at === null ? "–" : exact(at));
  const replayOf = () => (typeof props.view.trigger.of === "string" ? props.view.trigger.of : null);
  return (
    <Panel title={t("execution.details")}>
      <Facts>
        <Fact name={t("execution.id")}>
          <span class="flex flex-wrap items-center gap-2">
            <code class="break-all">{props.view.id}</code>
            <CopyButton text={props.view.id} what={t("execution.id")} />
          </span>
        </Fact>
        <Fact name={t("execution.kind")}>{t(`kind.${props.view.kind}`)}</Fact>
        <Fact name={t("execution.version")}>{props.view.version ?? "–"}</Fact>
        <Fact name={t("execution.trigger")}>{props.view.trigger.type}</Fact>
        <Show when={replayOf()}>
          {(id) => (
            <Fact name={t("execution.replay_of")}>
              <ExecutionLink id={id()} />
            </Fact>
          )}
        </Show>
        <Show when={props.view.parentId}>
          {(id) => (
            <Fact name={t("execution.parent")}>
              <ExecutionLink id={id()} />
            </Fact>
          )}
        </Show>
        <Fact name={t("executions.runner")}>{props.view.runner ?? "–"}</Fact>
        <Fact name={t("execution.attempt")}>{number(props.view.attempt)}</Fact>
        <Fact name={t("execution.retries")}>{number(props.view.retriesUsed)}</Fact>
        <Fact name={t("execution.losses")}>{number(props.view.losses)}</Fact>
        <Fact name={t("execution.created")}>{time(props.view.createdAt)}</Fact>
        <Fact name={t("execution.began")}>{time(props.view.startedAt)}</Fact>
        <Fact name={t("execution.ended")}>{time(props.view.endedAt)}</Fact>
        <Show when={props.view.http}>
          {(http) => <Fact name={t("execution.http")}>{http().status}</Fact>}
        </Show>
      </Facts>
    </Panel>
  );
}

function ExecutionLink(props: { id: string }): JSX.Element {
  return (
    <A class="break-all text-accent underline" href={executionPath(props.id)}>
      <code>{props.id}</code>
    </A>
  );
}
