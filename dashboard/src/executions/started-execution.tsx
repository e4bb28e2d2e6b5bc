import type { ExecutionStatus } from "@pulse/schema/status";
import { A } from "@solidjs/router";
import { type JSX, Show } from "solid-js";
import { executionPath } from "./execution-row.tsx";
import { ExecutionStatusBadge } from "./execution-status.tsx";

/** What was started and how it stands, with the way there; a dash where nothing was. `status` null: it is not kept any more. */
export function StartedExecution(props: { id: string | null; status: string | null }): JSX.Element {
  // The gateway has no other words for it.
  const status = () => props.status as ExecutionStatus | null;
  return (
    <Show when={props.id} fallback={<span class="text-muted">–</span>}>
      {(id) => (
        <Show when={status()} fallback={<code class="text-xs break-all text-muted">{id()}</code>}>
          {(known) => (
            <A
              href={executionPath(id())}
              title={id()}
              class="inline-flex min-h-6 items-center hover:underline"
            >
              <ExecutionStatusBadge status={known()} />
            </A>
          )}
        </Show>
      )}
    </Show>
  );
}
