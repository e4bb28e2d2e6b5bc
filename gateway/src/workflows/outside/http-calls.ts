import type { Ports } from "../../ports.ts";
import type { OpenRun } from "../runs/open-run.ts";

/** Takes note that a request of a run is about to be made; false when it was begun before. */
export async function isFirstCall(
  { database, now }: Pick<Ports, "database" | "now">,
  { id, project }: Pick<OpenRun, "id" | "project">,
  key: string,
): Promise<boolean> {
  const { rowsAffected } = await database.client.execute({
    sql: "INSERT INTO workflow_calls (execution_id, key, project, at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
    args: [id, key, project, now()],
  });
  return rowsAffected > 0;
}
