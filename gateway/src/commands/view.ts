import { ProblemError } from "@pulse/schema/problem";
import { executionStatuses } from "@pulse/schema/status";
import { type CommandEnd, commandEnd } from "@pulse/schema/wire/command";
import type { CommandProgress, CommandResult, CommandView } from "@pulse/schema/wire/commands";
import * as z from "zod";
import type { Ports } from "../ports.ts";
import type { TargetState } from "../workflows/advance/state.ts";
import { runLogOf } from "../workflows/runs/run-log.ts";
import { askedOf, onlyStep } from "./definition-of.ts";
import { countsOf, groupsOf, type Said } from "./output-groups.ts";
import { type ChildRow, createCommandStore } from "./store.ts";

const status = z.enum(executionStatuses);

/** How far a command is. Throws `not_found`. */
export async function progressOf(ports: Ports, project: string, id: string): Promise<CommandProgress> {
  const { row, said } = await read(ports, project, id, false);
  const results = said.map(resultOf);
  return { id, status: status.parse(row.status), counts: countsOf(results), results };
}

/** A command with what it came to on each machine, and its outputs. Throws `not_found`. */
export async function commandViewOf(ports: Ports, project: string, id: string): Promise<CommandView> {
  const { row, said } = await read(ports, project, id, true);
  const results = said.map(resultOf);
  return {
    ...{ id, status: status.parse(row.status), counts: countsOf(results), results },
    ...{ asked: askedOf(row.definition), startedBy: row.createdBy },
    createdAt: new Date(row.createdAt).toISOString(),
    endedAt: row.endedAt === null ? null : new Date(row.endedAt).toISOString(),
    error: row.error,
    groups: groupsOf(said),
  };
}

async function read(ports: Ports, project: string, id: string, withOutput: boolean) {
  const store = createCommandStore(ports.database);
  const row = await store.command(project, id);
  const run = row === null ? null : await runLogOf(ports).read(id);
  if (row === null || run === null) throw new ProblemError("not_found", `there is no command ${id}`);
  const children = new Map((await store.children(project, id, withOutput)).map((one) => [one.id, one]));
  const targets = Object.values(run.state.steps.get(onlyStep)?.targets ?? {});
  const said = targets.map((target): Said => {
    const child = children.get(target.executionId ?? "");
    const end = endOf(child);
    const { outcome } = target;
    return {
      ...{ runner: target.name, execution: target.executionId },
      status:
        outcome?.status ?? (target.executionId === null ? target.status : (child?.status ?? target.status)),
      reason: child?.reason ?? target.reason,
      message: messageOf(child, target, end),
      exitCode: end?.exitCode ?? outcome?.exitCode ?? null,
      durationMs: child?.runMs ?? outcome?.durationMs ?? null,
      stdout: end?.stdout ?? "",
      stderr: end?.stderr ?? "",
      isTruncated: end?.stdoutTruncated === true || end?.stderrTruncated === true,
    };
  });
  return { row, said: said.toSorted((a, b) => (a.runner < b.runner ? -1 : 1)) };
}

/** What went wrong in words; nothing where the exit code says it. */
function messageOf(child: ChildRow | undefined, target: TargetState, end: CommandEnd | null): string | null {
  if ((end !== null && end.exitCode !== null) || child?.status === "cancelled") return null;
  return child?.error?.message ?? target.outcome?.error?.message ?? target.reason;
}

function endOf(child: ChildRow | undefined): CommandEnd | null {
  if (child === undefined || child.result === null) return null;
  const parsed = commandEnd.safeParse(JSON.parse(child.result));
  return parsed.success ? parsed.data : null;
}

function resultOf({ stdout: _stdout, stderr: _stderr, isTruncated: _cut, ...result }: Said): CommandResult {
  return result;
}
