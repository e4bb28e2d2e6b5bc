import { isTerminal } from "@pulse/schema/status";
import type { AuditEntry } from "@pulse/schema/wire/audit";
import type { CallbackView } from "@pulse/schema/wire/callbacks";
import type { ExecutionView } from "@pulse/schema/wire/executions";
import type { PromptView } from "@pulse/schema/wire/workflow-runs";
import type { Key } from "../../words/words.ts";
import { endOfAttempt, whyOf } from "../why.ts";
import type { Attempt } from "./attempts.ts";
import { handedMs, isRetried } from "./execution-spans.ts";
import type { Label } from "./spans.ts";

/** Something that happened to an execution, with the time of it (epoch milliseconds) and what people or machines wrote about it. */
export interface CourseEvent {
  id: string;
  atMs: number;
  label: Label;
  detail: string | null;
}

/** What is known of an execution from all that keep something of it. */
export interface Known {
  view: ExecutionView;
  prompts: readonly PromptView[];
  attempts: readonly Attempt[];
  callbacks: readonly CallbackView[];
  audit: readonly AuditEntry[];
}

/** What happened to an execution, oldest first: only what has a time in the API. */
export function eventsOf({ view, prompts, attempts, callbacks, audit }: Known): CourseEvent[] {
  const events = [
    ...ownEvents(view),
    ...attempts.flatMap((one) => earlierEvents(one, view)),
    ...prompts.flatMap(promptEvents),
    ...callbacks.flatMap(callbackEvents),
    ...audit.flatMap(auditEvents),
  ];
  return events.sort((one, other) => one.atMs - other.atMs);
}

function ownEvents(view: ExecutionView): CourseEvent[] {
  const events = [event("created", view.createdAt, "course.created", { trigger: view.trigger.type })];
  const handed = handedMs(view);
  if (handed !== null && view.runner !== null)
    events.push(event("handed", handed, "course.handed", { runner: view.runner }));
  // Of several attempts that of the last one is kept.
  const started: Key = isRetried(view) ? "course.started_attempt" : "course.started";
  if (view.startedAt !== null)
    events.push(event("started", view.startedAt, started, { attempt: view.attempt }));
  if (view.runAt !== null) events.push(event("planned", view.runAt, "course.planned"));
  if (view.endedAt !== null && isTerminal(view.status)) events.push(endOf(view, view.endedAt));
  return events;
}

function endOf(view: ExecutionView, endedAt: string): CourseEvent {
  const why = whyOf(view);
  const label: Label = why ?? { key: "course.succeeded", values: {} };
  return { id: "ended", atMs: Date.parse(endedAt), label, detail: view.error?.message ?? null };
}

/** An attempt that another one followed; the last one is told with the execution. */
function earlierEvents(one: Attempt, { attempt: last, status }: ExecutionView): CourseEvent[] {
  const { attempt, runner, startedMs, endedMs, message } = one;
  const isWaiting = status === "queued" || status === "scheduled";
  if (endedMs === null || (attempt === last && !isWaiting)) return [];
  const id = `attempt-${attempt}`;
  const started: [Key, Readonly<Record<string, string | number>>] =
    runner === null
      ? ["course.started_attempt", { attempt }]
      : ["course.started_attempt_on", { attempt, runner }];
  const why = endOfAttempt(one);
  return [
    ...(startedMs === null ? [] : [event(id, startedMs, ...started)]),
    event(`${id}-over`, endedMs, "course.attempt_over", { attempt }),
    ...(why === null ? [] : [{ id: `${id}-why`, atMs: endedMs, label: why, detail: message }]),
  ];
}

const closings = {
  open: null,
  answered: null,
  expired: "course.expired",
  cancelled: "course.withdrawn",
} as const satisfies Readonly<Record<PromptView["status"], Key | null>>;

function promptEvents({ id, message, openedAt, closedAt, status, answers }: PromptView): CourseEvent[] {
  const closing = closings[status];
  return [
    event(`${id}-asked`, openedAt, "course.asked", {}, message),
    ...answers.map(({ by, response, at }, index) =>
      event(`${id}-${index}`, at, "course.answered", { by, response }, message),
    ),
    ...(closedAt === null || closing === null ? [] : [event(`${id}-closed`, closedAt, closing, {}, message)]),
  ];
}

function callbackEvents({ id, url, createdAt, tries }: CallbackView): CourseEvent[] {
  return [
    event(id, createdAt, "course.callback_asked", { url }),
    ...tries.map(({ at, status, error }, index) =>
      status === null
        ? event(`${id}-${index}`, at, "course.callback_failed", { url }, error)
        : event(`${id}-${index}`, at, "course.callback_answered", { url, status }, error),
    ),
  ];
}

const acts: Readonly<Record<string, Key>> = {
  "execution.cancel": "course.cancel_by",
  "execution.replay": "course.replay_by",
};

/** What somebody did to it or tried to; that a question was answered stands with the question. */
function auditEvents({ seq, at, actor, action, outcome, code }: AuditEntry): CourseEvent[] {
  if (action.startsWith("prompt.") && outcome === "done") return [];
  const by = actor.name || actor.id;
  const known = outcome === "done" ? acts[action] : undefined;
  return [
    known === undefined
      ? event(`audit-${seq}`, at, "course.act_by", { by, action, outcome }, code)
      : event(`audit-${seq}`, at, known, { by }),
  ];
}

function event(
  id: string,
  at: string | number,
  key: Key,
  values: Readonly<Record<string, string | number>> = {},
  detail: string | null = null,
): CourseEvent {
  return { id, atMs: typeof at === "number" ? at : Date.parse(at), label: { key, values }, detail };
}
