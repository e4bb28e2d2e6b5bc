import { ProblemError } from "@pulse/schema/problem";
import type { Hub, RunnerRecord } from "../gateway/src/hub.ts";
import type { Gateway } from "./gateway.ts";
import type { Ledger } from "./ledger.ts";
import type { RunnerCall, RunnerEvent } from "./runner-events.ts";
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
  instanceId: string;
  sentAt: number;
}

/** Serves a runner's call as the HTTP half does, and tells the runner what follows from the answer. */
export async function serveRunnerCall(
  { hub, gateway, ledger, later }: Server,
  { machine, epoch, instanceId, sentAt }: Caller,
  call: RunnerCall,
  signal: AbortSignal,
): Promise<RunnerEvent> {
  const holder = { runner: machine.id, epoch };
  switch (call.kind) {
    case "session": {
      const row = openRow(gateway, machine, instanceId);
      // The row is on disk; the hub hears of it a moment later.
      await new Promise<void>((resolve) => later(1, resolve));
      const { reconcile } = await hub.openSession({ runner: { ...row }, inFlight: call.inFlight });
      return { type: "joined", epoch: row.epoch, reconcile, sentAt };
    }
    case "sync": {
      const { n, free, state, running, waitMs } = call;
      const request = { n, free, state, running, waitMs, warm: [] };
      const answer = await hub.sync({ holder, request }, signal);
      return { type: "synced", answer, n, sentAt };
    }
    case "renew": {
      const { leases } = await hub.renew({ holder, running: call.running });
      for (const { execution, fence, status } of leases) {
        if (status === "ok") ledger.leased.add(`${execution}.${fence}`);
      }
      return { type: "renewed", leases, sentAt };
    }
    case "start": {
      const { execution, fence } = call;
      await hub.start({ holder, execution, fence, instanceId });
      return { type: "started", execution, fence };
    }
    case "complete": {
      const { outcomes, want } = call;
      const answer = await hub.complete({ holder, outcomes, want });
      return { type: "completed", answer, outcomes, sentAt };
    }
    case "release": {
      const { execution, fence, started } = call;
      await hub.release({ holder, execution, fence, reason: "drained", started });
      return { type: "released", execution, fence };
    }
    case "leave":
      await hub.endSession({ holder });
      return { type: "failed", call, code: null };
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
