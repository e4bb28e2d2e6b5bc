import { audit, events, executions, functions, prompts, versions } from "@pulse/schema/tables";
import { and, asc, desc, eq, gt, inArray, isNull, max, or } from "drizzle-orm";
import * as z from "zod";
import type { Database } from "../ports.ts";
import { type Happening, noSubject, type SeenExecution } from "./happening.ts";

const timeOr = (ms: number | null) => (ms === null ? null : new Date(ms).toISOString());

/** What happened in a project after an event, oldest first, and up to which event that was. */
export interface News {
  happenings: Happening[];
  upTo: number;
  /** There may be more. */
  isCut: boolean;
}

/** The newest event of all projects; 0: there was none. */
export async function newestEvent({ orm }: Database): Promise<number> {
  const [row] = await orm.select({ id: max(events.id) }).from(events);
  return row?.id ?? 0;
}

/** Reads what happened, of `limit` events at most. They only say what changed: what became of it is read as it is now. */
export async function readNews(
  database: Database,
  project: string,
  after: number,
  limit: number,
): Promise<News> {
  const { orm } = database;
  const rows = await orm
    .select()
    .from(events)
    .where(and(gt(events.id, after), eq(events.project, project)))
    .orderBy(asc(events.id))
    .limit(limit);
  const isCut = rows.length === limit;
  const upTo = rows.at(-1)?.id ?? after;
  const subjects = (topic: string) => [
    ...new Set(rows.filter((row) => row.topic === topic).map((row) => row.subject)),
  ];
  const [ends, asked, deploys, splits] = await Promise.all([
    endsOf(database, project, subjects("executions")),
    promptsOf(database, project, subjects("executions")),
    deploysOf(database, project, subjects("functions")),
    splitsOf(database, project, subjects("audit")),
  ]);
  const quotas = rows.filter(({ topic }) => topic === "quotas").flatMap(quotaOf);
  const happenings = [...ends, ...asked, ...deploys, ...splits, ...quotas].sort((a, b) => a.at - b.at);
  return { happenings, upTo, isCut };
}

async function endsOf({ orm }: Database, project: string, ids: string[]): Promise<Happening[]> {
  if (ids.length === 0) return [];
  const { parentId, endedAt } = executions;
  const rows = await orm
    .select(shown)
    .from(executions)
    // Of a step of a workflow the workflow tells; a build is told as the deploy that it is for.
    .where(
      and(
        ...[eq(executions.project, project), inArray(executions.id, ids), isNull(parentId), gt(endedAt, 0)],
        or(eq(executions.kind, "function"), eq(executions.kind, "workflow")),
      ),
    );
  return rows.map((row) => ({
    ...{ ...noSubject, event: "ended", key: row.id, at: row.endedAt ?? 0, execution: executionOf(row) },
  }));
}

async function promptsOf({ orm }: Database, project: string, ids: string[]): Promise<Happening[]> {
  if (ids.length === 0) return [];
  const rows = await orm
    .select({ execution: shown, prompt: prompts })
    .from(prompts)
    .innerJoin(executions, eq(executions.id, prompts.executionId))
    .where(and(eq(prompts.project, project), inArray(prompts.executionId, ids), isNull(prompts.closedAt)));
  return rows.map(({ execution, prompt }) => ({
    ...{ ...noSubject, event: "prompt", key: prompt.id, at: prompt.openedAt },
    execution: executionOf(execution),
    prompt: {
      ...{ id: prompt.id, step: prompt.step, message: prompt.message },
      expiresAt: timeOr(prompt.expiresAt),
    },
  }));
}

async function deploysOf({ orm }: Database, project: string, names: string[]): Promise<Happening[]> {
  if (names.length === 0) return [];
  const rows = await orm
    .select({ name: functions.name, version: versions })
    .from(versions)
    .innerJoin(functions, eq(functions.id, versions.functionId))
    .where(
      and(
        ...[eq(functions.project, project), inArray(functions.name, names)],
        // Few are being made at once: those before were told.
        gt(versions.number, 0),
        or(eq(versions.status, "ready"), eq(versions.status, "failed")),
      ),
    )
    .orderBy(desc(versions.createdAt))
    .limit(names.length * 5);
  return rows.map(({ name, version }) => {
    const { id, number, status, message, createdBy: by, error, createdAt, readyAt } = version;
    const isReady = status === "ready";
    const deploy = {
      function: name,
      version: number,
      status: isReady ? "ready" : "failed",
      message,
      by,
      error,
    };
    return { ...noSubject, event: "deploy", key: id, at: readyAt ?? createdAt, deploy } as const;
  }) as Happening[];
}

/** Splits that ended by themselves, by the entries of the audit that tell of them: the alias may have been moved again since. */
async function splitsOf({ orm }: Database, project: string, numbers: string[]): Promise<Happening[]> {
  if (numbers.length === 0) return [];
  const rows = await orm
    .select()
    .from(audit)
    .where(
      and(
        ...[eq(audit.project, project), inArray(audit.seq, numbers.map(Number))],
        ...[eq(audit.action, "alias.move"), eq(audit.actorKind, "system"), eq(audit.outcome, "done")],
      ),
    );
  return rows.map(({ seq, at, target, before, details }) => {
    const stood = pairOf.parse(JSON.parse(before ?? "{}"));
    const { reason } = reasonOf.parse(JSON.parse(details ?? "{}"));
    const [name = "", alias = ""] = (target ?? "").split("/");
    return {
      ...{ ...noSubject, event: "split-rollback", key: `audit ${seq}`, at },
      split: { function: name, alias, ...stood, reason },
    };
  });
}

// As `watchSplits` writes them.
const pairOf = z.object({
  version: z.number().nullable().default(null),
  canary: z.number().nullable().default(null),
});
const reasonOf = z.object({ reason: z.string().default("") });

/** `executions:80`: so much of that quota is used. Once in a month: its events come once. */
function quotaOf({ id, subject, at }: typeof events.$inferSelect): Happening[] {
  const [quota = "", percent = ""] = subject.split(":");
  const said = { quota, percent: Number(percent) };
  return [{ ...noSubject, event: "quota", key: `quota ${id}`, at, quota: said }];
}

const { id, name, kind, status, reason, error, version, runnerName, triggerType, startedAt, endedAt } =
  executions;
const shown = { id, name, kind, status, reason, error, version, runnerName, triggerType, startedAt, endedAt };

type Shown = Pick<typeof executions.$inferSelect, keyof typeof shown>;

function executionOf(row: Shown): SeenExecution {
  const { id, name, kind, status, reason, error, version, runnerName: runner, triggerType: trigger } = row;
  const durationMs = row.startedAt === null || row.endedAt === null ? null : row.endedAt - row.startedAt;
  return {
    ...{ id, name, kind, status, reason, version, runner, trigger, durationMs },
    error: error === null ? null : { code: error.code, message: error.message },
    ...{ startedAt: timeOr(row.startedAt), endedAt: timeOr(row.endedAt) },
  };
}
