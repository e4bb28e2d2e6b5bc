import { executions, prompts } from "@pulse/schema/tables";
import { and, desc, eq, isNull, lt } from "drizzle-orm";
import type { Database } from "../../ports.ts";
import { projectOf, seenBy, type Viewer } from "../seen-by.ts";
import type { PromptRow } from "./prompts-store.ts";

/** A prompt with the workflow whose execution asks. */
export interface FoundPrompt {
  row: PromptRow;
  workflow: string;
}

const columns = { row: prompts, workflow: executions.name };

/** Which prompts are meant. */
export interface PromptFilter {
  status: "open" | "all";
  id?: string | undefined;
  execution?: string | undefined;
  workflow?: string | undefined;
}

/** A prompt by its id, of whichever project. */
export async function findPrompt({ orm }: Database, id: string): Promise<FoundPrompt | null> {
  const [found] = await orm
    .select(columns)
    .from(prompts)
    .innerJoin(executions, eq(executions.id, prompts.executionId))
    .where(eq(prompts.id, id));
  return found ?? null;
}

/** Whether somebody sees an execution. */
export async function isSeenBy({ orm }: Database, viewer: Viewer, execution: string): Promise<boolean> {
  const found = await orm
    .select({ id: executions.id })
    .from(executions)
    .where(and(eq(executions.id, execution), eq(executions.project, projectOf(viewer)), seenBy(viewer)));
  return found.length > 0;
}

/** Prompts that somebody sees, newest first, opened before the one of an id. */
export async function listPrompts(
  { orm }: Database,
  viewer: Viewer,
  { status, id, execution, workflow }: PromptFilter,
  before: string | null,
  limit: number,
): Promise<FoundPrompt[]> {
  return await orm
    .select(columns)
    .from(prompts)
    .innerJoin(executions, eq(executions.id, prompts.executionId))
    .where(
      and(
        eq(prompts.project, projectOf(viewer)),
        seenBy(viewer),
        status === "open" ? isNull(prompts.closedAt) : undefined,
        id === undefined ? undefined : eq(prompts.id, id),
        execution === undefined ? undefined : eq(prompts.executionId, execution),
        workflow === undefined ? undefined : eq(executions.name, workflow),
        before === null ? undefined : lt(prompts.id, before),
      ),
    )
    .orderBy(desc(prompts.id))
    .limit(limit);
}
