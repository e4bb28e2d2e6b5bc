import type { Database } from "../../ports.ts";
import { createWorkflowStore } from "../store.ts";
import type { OpenRun } from "./open-run.ts";
import type { Answer } from "./perform.ts";
import { disabledText } from "./start-run.ts";

/** Whether a run whose time has come may begin: what was asked for beforehand does not start a workflow that was disabled or deleted since. */
export async function mayBegin(
  database: Database,
  { project, workflow: name, workflowId }: OpenRun,
  key: string,
): Promise<Answer> {
  const workflow = await createWorkflowStore(database).byName(project, name);
  if (workflow?.id !== workflowId) {
    const reason = `the workflow "${name}" was deleted before this run's time came`;
    return { type: "begin.refused", key, code: "workflow_deleted", reason };
  }
  const reason = disabledText(workflow);
  if (reason === null) return { type: "begin.allowed", key };
  return { type: "begin.refused", key, code: "workflow_disabled", reason };
}
