import { ProblemError } from "@pulse/schema/problem";
import type { Hub } from "../../hub.ts";
import type { Ports } from "../../ports.ts";
import { Overtaken, runLogOf } from "./run-log.ts";

const triesMost = 20;

/** Asks a run to end: its jobs are stopped, and what comes after its steps still runs. Throws `not_found`, `already_finished`. */
export async function cancelRun(
  { ports, hub }: { ports: Ports; hub: Hub },
  project: string,
  id: string,
  by: string,
): Promise<{ status: string }> {
  const log = runLogOf(ports);
  for (let tries = 0; tries < triesMost; tries++) {
    const run = await log.read(id);
    if (run === null || run.project !== project) {
      throw new ProblemError("not_found", `there is no workflow's execution ${id}`);
    }
    if (run.state.phase === "ended") {
      throw new ProblemError("already_finished", `execution ${id} has ended already: ${run.state.status}`);
    }
    try {
      await log.append(run, { type: "cancel.requested", at: ports.now(), by });
    } catch (error) {
      if (error instanceof Overtaken) continue;
      throw error;
    }
    ports.background(hub.changed({ project }));
    return { status: run.state.status };
  }
  throw new ProblemError("unavailable", "the execution changes too quickly to be cancelled", {
    retryAfter: 1,
  });
}
