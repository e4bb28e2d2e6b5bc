import { isTerminal } from "@pulse/schema/status";
import { type CommandView, getCommand, runCommand } from "@pulse/schema/wire/commands";
import { cancelExecution } from "@pulse/schema/wire/executions";
import { type PlannedTargetsView, planWorkflow } from "@pulse/schema/wire/workflow-plan";
import { queryOptions } from "@tanstack/solid-query";
import { api } from "../session/client.ts";

const actMs = 30_000;
const everyMs = 700;

/** The runners that an expression such as `web & prod` names now; null for none. */
export const matchQuery = (targets: string) =>
  queryOptions({
    queryKey: ["runners-matched", targets],
    enabled: targets !== "",
    retry: false,
    refetchInterval: 10_000,
    queryFn: async ({ signal }): Promise<PlannedTargetsView | null> => {
      // What a step of one's own would be for.
      const step = { name: "match", type: "execute", targets: [targets], command: "true" };
      const body = { definition: { steps: [step] } };
      const { steps } = await api.call(planWorkflow, { body, signal });
      return steps[0]?.targets ?? null;
    },
  });

/** A command on machines, asked again until it is over. */
export const commandQuery = (id: string) =>
  queryOptions({
    queryKey: ["commands", id],
    queryFn: ({ signal }): Promise<CommandView> => api.call(getCommand, { params: { id }, signal }),
    refetchInterval: ({ state: { data } }) =>
      data !== undefined && isTerminal(data.status) ? false : everyMs,
  });

/** Runs a line on machines and returns the id of what runs it. */
export async function startCommand(targets: string, command: string): Promise<string> {
  const body = { targets: [targets], command };
  return (await api.call(runCommand, { body, signal: AbortSignal.timeout(actMs) })).id;
}

/** Asks a command to stop everywhere. */
export async function stopCommand(id: string): Promise<void> {
  await api.call(cancelExecution, { params: { id }, signal: AbortSignal.timeout(actMs) });
}
