import type { Command } from "../advance/commands.ts";
import type { Cause } from "../advance/events.ts";
import type { EndedChild } from "./due-store.ts";
import type { OpenRun } from "./open-run.ts";
import { type Answer, perform, type Stage } from "./perform.ts";
import { isOutside } from "./run-statements.ts";

/** What is written at once of what happened to one run. */
export const takenMost = 100;

/** Whether a command is for the world outside of the rows. */
export function isAsked({ type }: Command): boolean {
  return isOutside(type);
}

/**
 * Has a run go on from what happened, and writes that in one transaction. The targets that it asks for are found before, for
 * that leaves nothing behind. Returns what follows and is not done; `isDoneBefore` says that all that was asked before is. When
 * it throws, the run is used up.
 */
export async function takeAnswers(
  stage: Stage,
  run: OpenRun,
  answers: readonly Answer[],
  isDoneBefore: boolean,
): Promise<Command[]> {
  const { log, ports } = stage;
  const queue = [...answers];
  const commands: Command[] = [];
  for (let answer = queue.shift(); answer !== undefined; answer = queue.shift()) {
    for (const command of log.take(run, { ...answer, at: ports.now() } as Cause)) {
      const isFound = command.type === "resolveTargets" && queue.length < takenMost;
      if (isFound) queue.push(...(await perform(stage, run, command, false)));
      else commands.push(command);
    }
  }
  await log.flush(run, { asks: commands.some(isAsked), isDoneBefore });
  return commands;
}

/** What the end of a child tells its run. */
export async function endOf(stage: Stage, child: EndedChild): Promise<Answer> {
  const { key, target, project, kind, childId } = child;
  const outcome = await stage.outside.outcome(project, childId);
  return kind === "workflow"
    ? { type: "child.settled", key, outcome }
    : { type: "target.settled", key, target, outcome };
}
