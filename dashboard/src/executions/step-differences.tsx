import type { StepDiffView } from "@pulse/schema/wire/execution-diff";
import { For, type JSX, Show } from "solid-js";
import { lasting } from "../ui/moment.tsx";
import { cellClass, Table } from "../ui/table.tsx";
import { t } from "../words/words.ts";
import { StepStatusBadge } from "../workflows/step-status.tsx";
import { DifferenceList, LogDifference } from "./difference-list.tsx";

/** The steps of two runs beside each other: how each went, how long it took, and what differs in it. */
export function StepDifferences(props: { steps: readonly StepDiffView[] }): JSX.Element {
  return (
    <Table
      label={t("compare.steps")}
      flush
      columns={[
        { title: t("execution.replay_step") },
        { title: t("compare.before") },
        { title: t("compare.after") },
      ]}
    >
      <For each={props.steps}>
        {(step) => (
          <>
            <tr classList={{ "bg-warn-soft": !step.isSame }}>
              <th scope="row" class={`${cellClass({})} font-normal`}>
                <span class="font-medium break-words">{step.name}</span>
                <span class="block text-xs text-muted">
                  {step.path} · {t(step.isSame ? "compare.equal" : "compare.changed")}
                </span>
              </th>
              <Side side={step.before} />
              <Side side={step.after} />
            </tr>
            <Show when={!step.isSame}>
              <tr>
                <td colSpan={3} class="px-4 py-2">
                  <div class="grid gap-2">
                    <Show when={step.output.length > 0}>
                      <DifferenceList all={step.output} />
                    </Show>
                    <For each={step.targets}>
                      {(target) => (
                        <Show
                          when={target.logs && target.logs.added + target.logs.removed > 0 && target.logs}
                        >
                          {(logs) => (
                            <div class="grid gap-1">
                              <p class="font-medium">{target.runner}</p>
                              <LogDifference diff={logs()} />
                            </div>
                          )}
                        </Show>
                      )}
                    </For>
                  </div>
                </td>
              </tr>
            </Show>
          </>
        )}
      </For>
    </Table>
  );
}

function Side(props: { side: StepDiffView["before"] }): JSX.Element {
  return (
    <td class={cellClass({})}>
      <Show when={props.side} fallback="–">
        {(side) => (
          <>
            <StepStatusBadge status={side().status as Parameters<typeof StepStatusBadge>[0]["status"]} />
            <Show when={side().durationMs !== null}>
              <span class="block text-xs text-muted tabular-nums">{lasting(side().durationMs ?? 0)}</span>
            </Show>
            <Show when={side().error}>
              {(error) => <span class="block text-xs break-words text-bad">{error()}</span>}
            </Show>
          </>
        )}
      </Show>
    </td>
  );
}
