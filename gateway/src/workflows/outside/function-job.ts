import type { HeaderList } from "@pulse/schema/wire/job";
import { invoke } from "../../executions/invoke.ts";
import { createResolver } from "../../functions/resolve.ts";
import type { Hub } from "../../hub.ts";
import type { Ports } from "../../ports.ts";
import type { FunctionJob } from "../advance/commands.ts";
import type { OpenRun } from "../runs/open-run.ts";
import type { Submitted } from "../runs/outside.ts";
import { submissionRefused } from "../runs/perform.ts";
import { traceparentIn } from "../runs/run-trace.ts";
import { childOf } from "./child-of.ts";

/**
 * Hands a function of a run in as its child, or finds the one that was handed in before: the execution says in its trigger which
 * command it is, and its idempotency key keeps two that are handed in at once from being two.
 */
export async function submitFunction(
  deps: { ports: Ports; hub: Hub; publicUrl: string },
  run: OpenRun,
  { key, step, isAgain }: { key: string; step: string; isAgain: boolean },
  job: FunctionJob,
): Promise<Submitted> {
  const { ports } = deps;
  const before = isAgain ? await childOf(ports, run.id, key, "") : null;
  if (before !== null) return { executionId: before };
  const { project } = run;
  try {
    const target = await createResolver(deps).resolve(project, job.function);
    const bytes = new TextEncoder().encode(JSON.stringify(job.input ?? null));
    const headers: HeaderList = [
      ["content-type", "application/json"],
      ["content-length", String(bytes.length)],
    ];
    const { id } = await invoke(
      deps,
      {
        ...{ project, target, credential: run.id, parentId: run.id },
        trigger: { type: "workflow", by: run.id, workflow: run.workflow, key, target: "" },
        request: { method: "POST", url: `${deps.publicUrl}/f/${target.name}`, path: "/", headers },
        body: { at: "bytes", bytes },
        options: {
          ...{ reply: "accept", waitMs: 0, timeoutMs: job.timeoutMs, idempotencyKey: `${run.id}:${key}` },
          ...{ depth: run.depth + 1, traceparent: traceparentIn(ports, run, step), applied: null },
        },
      },
      new AbortController().signal,
    );
    return { executionId: id };
  } catch (error) {
    return submissionRefused(error);
  }
}
