import { executions, prompts, type WorkflowPermissions, workflows } from "@pulse/schema/tables";
import { and, desc, eq, isNull, lt } from "drizzle-orm";
import type { Database } from "../../ports.ts";
import type { PromptRow } from "./prompts-store.ts";

/** A prompt with the workflow whose execution asks. */
export interface FoundPrompt {
  row: PromptRow;
  workflow: string;
  /** Who may see it; null: whoever may see the project, or it is no more. */
  permissions: WorkflowPermissions | null;
}

const columns = { row: prompts, workflow: executions.name, permissions: workflows.permissions };
const sameWorkflow = and(eq(workflows.project, executions.project), eq(workflows.name, executions.name));

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
    .leftJoin(workflows, sameWorkflow)
    .where(eq(prompts.id, id));
  return found ?? null;
}

/** Prompts of a project, newest first, opened before the one of an id. */
export async function listPrompts(
  { orm }: Database,
  project: string,
  { status, id, execution, workflow }: PromptFilter,
  before: string | null,
  limit: number,
): Promise<FoundPrompt[]> {
  return await orm
    .select(columns)
    .from(prompts)
    .innerJoin(executions, eq(executions.id, prompts.executionId))
    .leftJoin(workflows, sameWorkflow)
    .where(
      and(
        eq(prompts.project, project),
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
