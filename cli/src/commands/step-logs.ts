import { setTimeout as pause } from "node:timers/promises";
import { ProblemError } from "@pulse/schema/problem";
import { isTerminal } from "@pulse/schema/status";
import { getExecution } from "@pulse/schema/wire/executions";
import { type LogLinesView, readLogLines } from "@pulse/schema/wire/log-lines";
import type { StepView } from "@pulse/schema/wire/workflow-runs";
import { fill } from "../messages/say.ts";
import type { Session } from "../session.ts";
import { MergedLogs, type TakenLine } from "./merged-logs.ts";

const againMs = 1000;
/** Lines that are held back at a time, over all logs, until it is known which of them comes next; and of each log. */
const heldMost = 20_000;
const windowMost = 500;
const windowLeast = 20;
/** Logs that are asked for at a time. */
const askedMost = 8;

/**
 * Prints the log of a step of a run over all its targets, in the order of time, each line after its host; `step` is a path, an id or a name, of which each
 * repetition counts. With `follow` until the step has ended; what comes meanwhile is printed as it comes. Throws `not_found`.
 */
export async function printStepLogs(
  session: Session,
  id: string,
  step: string,
  follow: boolean,
): Promise<void> {
  const logs = new MergedLogs();
  for (;;) {
    // Looked at before the lines are read: what was written until its end is then there.
    const { targets, isOver } = await look(session, id, step);
    for (const { execution, runner } of targets) if (execution !== null) logs.add(execution, runner);
    await readAll(session, logs);
    if (!follow || isOver) return;
    await pause(againMs, undefined, { signal: session.signal });
  }
}

/** Prints what is stored and was not printed yet. */
async function readAll(session: Session, logs: MergedLogs): Promise<void> {
  const window = Math.max(windowLeast, Math.min(windowMost, Math.floor(heldMost / Math.max(1, logs.count))));
  for (let asked = logs.begin(); asked.length > 0; asked = logs.wanted()) {
    for (let at = 0; at < asked.length; at += askedMost) {
      const some = asked.slice(at, at + askedMost);
      await Promise.all(
        some.map(async ({ id, from }) => {
          const answer = await linesOf(session, id, { from, count: window });
          logs.take(id, answer.items, answer.total);
        }),
      );
    }
    for (const line of logs.ready()) print(session, line, logs);
  }
}

async function linesOf(
  { client, signal }: Session,
  id: string,
  query: { from: number; count: number },
): Promise<Pick<LogLinesView, "items" | "total">> {
  try {
    return await client.call(readLogLines, { params: { id }, query, signal });
  } catch (error) {
    // What is kept no longer says nothing.
    if (error instanceof ProblemError && error.status === 404) return { items: [], total: 0 };
    throw error;
  }
}

function print(
  { json, colours }: Session,
  { id, runner, place, item }: TakenLine,
  { room }: MergedLogs,
): void {
  const out = json
    ? JSON.stringify({ ...item, runner, execution: id })
    : `${hues[place % hues.length]?.(colours, `${runner.padEnd(room)} |`)} ${item.text}`;
  process.stdout.write(`${out}\n`);
}

type Colours = Session["colours"];
// As many as there are well apart; red is what failed.
const hues = [
  (colours: Colours, text: string) => colours.cyan(text),
  (colours: Colours, text: string) => colours.yellow(text),
  (colours: Colours, text: string) => colours.green(text),
  (colours: Colours, text: string) => colours.magenta(text),
  (colours: Colours, text: string) => colours.blue(text),
] as const;

/** The targets of a step as they are now, and whether none is added and nothing is run any more. */
async function look(
  { client, messages, signal }: Session,
  id: string,
  step: string,
): Promise<{ targets: StepView["targets"]; isOver: boolean }> {
  const view = await client.call(getExecution, { params: { id }, signal });
  if (view.run === undefined) throw new ProblemError("not_found", fill(messages.wfNoRun, { id }));
  const found = stepsOf(view.run.steps, step);
  if (found.length === 0) {
    const names = [...new Set(view.run.steps.map(({ path }) => path))].join(", ");
    throw new ProblemError("not_found", fill(messages.wfNoStep, { id, step, names }));
  }
  // Another repetition may begin until the run has ended.
  const isOver =
    isTerminal(view.status) ||
    (found[0]?.path === step && found.every(({ finishedAt }) => finishedAt !== null));
  return { targets: found.flatMap(({ targets }) => targets), isOver };
}

/** The steps that a word means: the one at a path, else all of an id, else all of a name. */
export function stepsOf<Step extends Pick<StepView, "path" | "id" | "name">>(
  steps: readonly Step[],
  word: string,
): Step[] {
  for (const key of ["path", "id", "name"] as const) {
    const found = steps.filter((one) => one[key] === word);
    if (found.length > 0) return found;
  }
  return [];
}
