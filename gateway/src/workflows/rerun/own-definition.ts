import type { InStatement } from "@libsql/client";
import type { OpenRun } from "../runs/open-run.ts";

/** Whether a run is a direct command, whose definition is its own and goes with it. */
export function isDirect({ workflowId }: Pick<OpenRun, "workflowId">): boolean {
  return workflowId.startsWith("exe_");
}

/** The row that gives a new run the definition of a direct command as its own. */
export function copyOwnDefinition({ workflowId }: OpenRun, id: string, at: number): InStatement {
  return {
    sql: `INSERT INTO workflow_revisions (workflow_id, revision, project, hash, created_at, created_by, definition)
      SELECT ?, revision, project, hash, ?, created_by, definition FROM workflow_revisions
      WHERE workflow_id = ? AND revision = 1`,
    args: [id, at, workflowId],
  };
}
