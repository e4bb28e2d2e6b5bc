import type { StepView } from "@pulse/schema/wire/workflow-runs";
import { type JSX, onMount, Show } from "solid-js";
import { executionPath } from "../executions/execution-row.tsx";
import { logUrl } from "../logs/log-source.ts";
import { hostsMost } from "../logs/merged-lines.ts";
import type { LogHost } from "../logs/merged-source.ts";
import { MergedViewer } from "../logs/merged-viewer.tsx";
import { Button } from "../ui/button.tsx";
import { Panel } from "../ui/panel.tsx";
import { number, t } from "../words/words.ts";

/** What all targets of a step say, as one log. Of very many the first ones are read. */
export function StepLog(props: {
  run: string;
  step: StepView;
  isOver: boolean;
  onClose: () => void;
}): JSX.Element {
  let place: HTMLDivElement | undefined;
  const hosts = (): LogHost[] => props.step.targets.slice(0, hostsMost);
  onMount(() => place?.scrollIntoView({ block: "nearest" }));
  return (
    <div id="step-log" ref={place} class="min-w-0 scroll-mt-4">
      <Panel
        title={t("workflows.all_log_of", { step: props.step.name })}
        actions={
          <Button look="quiet" onClick={() => props.onClose()}>
            {t("shell.close")}
          </Button>
        }
      >
        <Show when={props.step.targets.length > hostsMost}>
          <p class="mb-3 text-muted">
            {t("workflows.all_log_first", {
              most: number(hostsMost),
              total: number(props.step.targets.length),
            })}
          </p>
        </Show>
        <MergedViewer
          hosts={hosts()}
          isOver={props.isOver || props.step.finishedAt !== null}
          label={t("workflows.step_lines")}
          whole={{
            href: `${logUrl(props.run)}?${new URLSearchParams({ step: props.step.path })}`,
            name: `${props.run}-${props.step.path.replaceAll(/[^\w.-]+/g, "-")}.log`,
          }}
          lineHref={({ execution }, line) => `${executionPath(execution ?? "")}?line=${line}`}
        />
      </Panel>
    </div>
  );
}
