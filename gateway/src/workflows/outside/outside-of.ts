import { ProblemError } from "@pulse/schema/problem";
import { startFunction } from "../../emitted/start-function.ts";
import type { Hub } from "../../hub.ts";
import type { Ports } from "../../ports.ts";
import { quotaBookOf } from "../../usage/quota-book.ts";
import type { Outcome } from "../advance/events.ts";
import type { Outside } from "../runs/outside.ts";
import { submitCommand } from "./command-job.ts";
import { resolveNow } from "./fleet.ts";
import { submitFunction } from "./function-job.ts";
import { callHttp } from "./http-step.ts";
import { outcomeOf } from "./outcome.ts";
import { submitRequest } from "./request-job.ts";

/** What sends messages of workflows through channels. */
export interface Sending {
  notify: Outside["notify"];
}

const refused = (message: string): Outcome => ({ status: "failed", error: { code: "unsupported", message } });

/** The world of runs: the runners and the dispatcher of a gateway, and what it sends out by itself. */
export function outsideOf(deps: { ports: Ports; hub: Hub; publicUrl: string; sending?: Sending }): Outside {
  const { ports, hub, sending } = deps;
  return {
    resolve: (run, command) => resolveNow(deps, run.project, command),
    async submit(run, { key, step, job }, target, isAgain) {
      if (job.kind === "function") return await submitFunction(deps, run, { key, step, isAgain }, job);
      if (job.kind === "command") return await submitCommand(deps, run, { key, step, target, isAgain }, job);
      return await submitRequest(deps, run, { key, step, target, isAgain }, job);
    },
    async cancel(project, id) {
      try {
        await hub.cancel({ project, id, reason: "cancelled" });
      } catch (error) {
        const isOver =
          error instanceof ProblemError && (error.code === "already_finished" || error.code === "not_found");
        if (!isOver) throw error;
      }
    },
    outcome: (project, id) => outcomeOf(ports.database, project, id),
    call: (run, command, signal) => callHttp(ports, run, command, signal),
    admit: (project, id, caller) => quotaBookOf(deps).admit(project, id, { caller, quotas: {} }),
    startFunction: (delivery) => startFunction(deps, delivery),
    notify: async (run, command) =>
      (await sending?.notify(run, command)) ?? refused("this gateway has no channels for messages"),
  };
}
