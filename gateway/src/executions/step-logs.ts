import { ProblemError } from "@pulse/schema/problem";
import type { RunView } from "@pulse/schema/wire/workflow-runs";
import type { Deps } from "../http/context.ts";
import { encoded, streamOf } from "../http/text-stream.ts";
import type { Viewer } from "../workflows/seen-by.ts";
import { type LogPosition, lineView, logStart, type PlacedLine, storedLines } from "./log-lines.ts";
import { logEnds } from "./log-places.ts";
import { type MergedLine, mergedLines, type PiecedLog } from "./merged-lines.ts";
import { createExecutionStore, type ExecutionStore } from "./store.ts";

/** Lines that are held at a time over all logs, and of each log at least; and their characters. */
const heldMost = 40_000;
const heldLeast = 100;
const heldMostLength = 16 * 2 ** 20;
/** Chunks that are read at a time over all logs. */
const chunksMost = 16;

interface Target {
  runner: string;
  execution: string;
}

/** What is asked of the logs of a step. */
export interface StepLogRequest {
  viewer: Viewer;
  /** The run; null: the execution is none of a workflow. */
  run: RunView | null;
  id: string;
  /** The step by its path. */
  step: string;
  form: "text" | "ndjson";
}

/**
 * What is stored of the logs of a step over all its targets, as one, in the order of time: as text each line with its time and host. It is read while it is
 * sent, so however long it is little of it is in memory. Throws `not_found`.
 */
export async function readStepLogs(
  deps: Deps,
  { viewer, run, id, step, form }: StepLogRequest,
): Promise<Response> {
  if (run === null) throw new ProblemError("not_found", `the execution ${id} is none of a workflow`);
  const found = run.steps.find(({ path }) => path === step);
  if (found === undefined)
    throw new ProblemError("not_found", `the run ${id} has no step ${JSON.stringify(step)}`);
  const store = createExecutionStore(deps.ports.database);
  const ran = found.targets.flatMap(({ runner, execution }) =>
    execution === null ? [] : [{ runner, execution }],
  );
  const ids = ran.map(({ execution }) => execution);
  const seen = new Set((await store.some(viewer, ids)).map((row) => row.id));
  const targets = ran.filter(({ execution }) => seen.has(execution));
  const write = form === "text" ? textOf : jsonOf;
  const gone = new AbortController();
  const written = async function* () {
    for await (const lines of mergedLines(await logsOf(deps, store, targets)))
      yield lines.map((line) => write(line, targets[line.log])).join("");
  };
  return new Response(streamOf(encoded(written()), gone), {
    headers: {
      "content-type": form === "text" ? "text/plain; charset=utf-8" : "application/x-ndjson",
      "cache-control": "no-store, no-transform",
    },
  });
}

/** The logs of some executions as they end now. */
async function logsOf(
  { ports }: Deps,
  store: ExecutionStore,
  targets: readonly Target[],
): Promise<PiecedLog[]> {
  const ids = targets.map(({ execution }) => execution);
  const ends = await logEnds(ports.database.client, ids);
  const count = Math.max(1, ends.size);
  const most = Math.max(heldLeast, Math.floor(heldMost / count));
  const mostLength = heldMostLength / count;
  const chunks = Math.max(1, Math.floor(chunksMost / count));
  return targets.map(({ execution }): PiecedLog => {
    const end = ends.get(execution);
    let at = logStart;
    return {
      async next() {
        const piece: PlacedLine[] = [];
        if (end === undefined || !isBefore(at, end)) return piece;
        let length = 0;
        reading: for await (const lines of storedLines(store, ports, execution, at, chunks)) {
          for (const line of lines) {
            if (piece.length >= most || length >= mostLength || isBefore(end, line.at)) break reading;
            piece.push(line);
            length += line.line.d.length;
          }
        }
        at = piece.at(-1)?.at ?? end;
        return piece;
      },
    };
  });
}

function isBefore(one: LogPosition, other: LogPosition): boolean {
  return one.fence < other.fence || (one.fence === other.fence && one.seq < other.seq);
}

function textOf({ placed: { line } }: MergedLine, target: Target | undefined): string {
  return `${new Date(line.t).toISOString()} ${target?.runner} ${line.s} ${line.d}\n`;
}

function jsonOf({ placed }: MergedLine, target: Target | undefined): string {
  return `${JSON.stringify({ ...lineView(placed, target?.runner ?? null), execution: target?.execution })}\n`;
}
