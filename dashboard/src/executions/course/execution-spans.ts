import { isTerminal } from "@pulse/schema/status";
import type { ExecutionView } from "@pulse/schema/wire/executions";
import { endOfAttempt } from "../why.ts";
import type { Attempt } from "./attempts.ts";
import { msOrNull } from "./moment-of.ts";
import type { Label, Look, Span } from "./spans.ts";

type Times = Pick<
  ExecutionView,
  | "createdAt"
  | "startedAt"
  | "endedAt"
  | "timing"
  | "attempt"
  | "retriesUsed"
  | "losses"
  | "runner"
  | "status"
>;

/** The time that an execution was handed to the runner that ended it, epoch milliseconds; null: it is not known, or was not. */
export function handedMs({ createdAt, timing, startedAt }: Times): number | null {
  return timing.queueMs === undefined || startedAt === null ? null : Date.parse(createdAt) + timing.queueMs;
}

/** Whether it was tried before the attempt that it shows. */
export function isRetried({
  attempt,
  retriesUsed,
  losses,
}: Pick<Times, "attempt" | "retriesUsed" | "losses">): boolean {
  return attempt > 1 || retriesUsed > 0 || losses > 0;
}

/**
 * What an execution that is no workflow spent its time with: its wait, the attempts before the last one, and the parts of the last one, of
 * which alone the API keeps them. `logAt`: the address of a line of its log.
 */
export function executionSpans(
  view: Times,
  attempts: readonly Attempt[],
  logAt: (line: number | null) => string,
): Span[] {
  const startedMs = msOrNull(view.startedAt);
  const lastMs = handedMs(view) ?? startedMs;
  const waited: Span = {
    ...{ id: "queue", parent: null, isIdle: true, look: "wait", href: null, note: null },
    ...{ fromMs: Date.parse(view.createdAt), toMs: lastMs ?? msOrNull(view.endedAt) },
    label: { key: "timeline.queue", values: {} },
  };
  if (isRetried(view)) return retriedSpans(view, waited, lastMs, attempts, logAt);
  return lastMs === null ? [waited] : [waited, ...partsOf(view, lastMs, null, logAt(null))];
}

function retriedSpans(
  view: Times,
  waited: Span,
  lastMs: number | null,
  attempts: readonly Attempt[],
  logAt: (line: number | null) => string,
): Span[] {
  const before: Span = {
    ...{ ...waited, id: "before", href: logAt(null) },
    label: { key: "course.earlier", values: {} },
    note: { key: "course.retried", values: { retries: view.retriesUsed, losses: view.losses } },
  };
  const earlier = attempts.flatMap((one): Span[] => {
    // One that waits for its next try shows the attempt that it had.
    if (one.endedMs === null || (lastMs !== null && one.attempt >= view.attempt)) return [];
    const why = endOfAttempt(one);
    return [
      {
        ...{ id: `attempt-${one.attempt}`, parent: "before", isIdle: false, look: "warn" },
        ...{ fromMs: one.startedMs ?? one.endedMs, toMs: one.endedMs, href: logAt(one.line) },
        label: { key: "timeline.attempt", values: { attempt: one.attempt } },
        note: why ?? runnerOf(one),
      },
    ];
  });
  if (lastMs === null) return [before, ...earlier];
  const own = attempts.find(({ attempt }) => attempt === view.attempt);
  const last: Span = {
    ...{ id: "last", parent: null, fromMs: lastMs, toMs: msOrNull(view.endedAt), isIdle: false },
    label: { key: "timeline.attempt", values: { attempt: view.attempt } },
    note: runnerOf(view),
    look: lookOf(view.status),
    href: logAt(own?.line ?? null),
  };
  return [before, ...earlier, last, ...partsOf(view, lastMs, "last", last.href ?? logAt(null))];
}

const parts = [
  ["startMs", "timeline.start", "start"],
  ["initMs", "timeline.init", "load"],
  ["runMs", "timeline.run", "run"],
] as const;

/** Starting a sandbox, loading the code and running it, one after the other; of what still runs, that it does. */
function partsOf(view: Times, fromMs: number, parent: string | null, href: string): Span[] {
  const spans: Span[] = [];
  let atMs = fromMs;
  for (const [field, key, look] of parts) {
    const ms = view.timing[field];
    if (ms === undefined) continue;
    spans.push({
      ...{ id: key, parent, fromMs: atMs, toMs: atMs + ms, isIdle: false, look, href },
      label: { key, values: {} },
      note: look === "run" ? runnerOf(view) : null,
    });
    atMs += ms;
  }
  if (spans.length > 0 || parent !== null) return spans;
  const look = isTerminal(view.status) ? lookOf(view.status) : "busy";
  const whole = { id: "run", parent, fromMs, toMs: msOrNull(view.endedAt), isIdle: false, look, href };
  return [{ ...whole, label: { key: "timeline.run", values: {} }, note: runnerOf(view) }];
}

function runnerOf({ runner }: Pick<Times, "runner">): Label | null {
  return runner === null ? null : { key: "timeline.on", values: { runner } };
}

/** The look of something by how it ended. */
export function lookOf(status: string): Look {
  if (status === "succeeded") return "ok";
  if (["failed", "timed_out", "dead"].includes(status)) return "bad";
  if (["lost", "cancelled", "superseded", "skipped", "blocked"].includes(status)) return "warn";
  return "busy";
}
