import { ProblemError } from "@pulse/schema/problem";
import * as wire from "@pulse/schema/wire/runner-protocol";
import type { Hub, RunnerRecord } from "../gateway/src/hub.ts";
import type { Gateway } from "./gateway.ts";
import type { Ledger } from "./ledger.ts";
import type { Machine } from "./runner-process.ts";

/** The server's side: the hub, and what stands in front of it. */
interface Server {
  hub: Hub;
  gateway: Gateway;
  ledger: Ledger;
  later(ms: number, act: () => void): void;
}

/** Who calls. */
interface Caller {
  machine: Machine;
  epoch: number;
}

/** A call as the runner's line carries it. */
export interface RunnerCall {
  endpoint: object;
  body: unknown;
  execution: string;
  fence: number;
}

type Given<K extends "openSession" | "sync" | "renew" | "start" | "complete" | "release"> = Parameters<
  Hub[K]
>[0];

/** Serves a runner's call as the HTTP half does. */
export async function serveRunnerCall(
  server: Server,
  { machine, epoch }: Caller,
  { endpoint, body, execution, fence }: RunnerCall,
  signal: AbortSignal,
): Promise<unknown> {
  const { hub, gateway, ledger, later } = server;
  const holder = { runner: machine.id, epoch };
  switch (endpoint) {
    case wire.session: {
      const { instanceId, inFlight } = body as Given<"openSession"> & { instanceId: string };
      const row = openRow(gateway, machine, instanceId);
      // The row is on disk; the hub hears of it a moment later.
      await new Promise<void>((resolve) => later(1, resolve));
      const { reconcile } = await hub.openSession({ runner: { ...row }, inFlight });
      const { renewEveryMs, selfFenceMs, syncWaitMs } = wire.leaseNumbers;
      return {
        ...{ epoch: row.epoch, name: machine.id, reconcile },
        config: { renewEveryMs, selfFenceMs, syncWaitMs },
      };
    }
    case wire.sync: {
      return await hub.sync({ holder, request: body as Given<"sync">["request"] }, signal);
    }
    case wire.renew: {
      const { running } = body as Given<"renew">;
      const answer = await hub.renew({ holder, running });
      for (const { execution, fence, status } of answer.leases) {
        if (status === "ok") ledger.leased.add(`${execution}.${fence}`);
      }
      return answer;
    }
    case wire.start: {
      const { instanceId } = body as Given<"start">;
      return await hub.start({ holder, execution, fence, instanceId });
    }
    case wire.complete: {
      const { outcomes, want } = body as Given<"complete">;
      return await hub.complete({ holder, outcomes, want });
    }
    case wire.release:
      return await hub.release({ ...(body as Given<"release">), holder, execution, fence });
    case wire.endSession:
      return await hub.endSession({ holder });
    default:
      throw new Error("the simulated gateway serves no such call");
  }
}

/** The runner's row as its feature writes it when a session opens: the epoch grows with each process. */
function openRow(gateway: Gateway, { id, slots }: Machine, instanceId: string): RunnerRecord {
  const known = gateway.runners.get(id);
  if (known === undefined) throw new ProblemError("invalid_credential", "this runner was deleted");
  // A process that asks again, because it heard no answer, keeps its place.
  const epoch = known.instanceId === instanceId ? known.epoch : known.epoch + 1;
  const row = { ...known, epoch, instanceId, slots };
  gateway.runners.set(id, row);
  return row;
}
