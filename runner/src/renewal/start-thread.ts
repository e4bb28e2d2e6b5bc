import { Worker } from "node:worker_threads";
import { leaseNumbers, protocolVersion, renew } from "@pulse/schema/wire/runner-protocol";
import type { StartRenewals } from "../leases.ts";
import { sandboxGroups } from "./groups.ts";
import type { FromThread, Start } from "./messages.ts";

/** Renews in a thread with a connection of its own to this gateway. */
export function renewalThreadOf(gateway: string): StartRenewals {
  return ({ board, renewEveryMs, onMessage, say }) => {
    const workerData: Start = {
      ...{ gateway, renewEveryMs, memory: board.memory, groups: sandboxGroups.memory },
      renewal: {
        path: renew.path,
        headers: { "pulse-protocol": String(protocolVersion) },
        timeoutMs: leaseNumbers.renewTimeoutMs,
      },
    };
    const thread = new Worker(new URL("./thread.ts", import.meta.url), { workerData });
    thread.on("message", (message: FromThread) => onMessage(message));
    thread.on("error", (error) => say(`the renewal thread broke and is started again: ${String(error)}`));
    return {
      tell: (message) => thread.postMessage(message),
      end: () => void thread.terminate(),
      over: new Promise<void>((resolve) => thread.once("exit", () => resolve())),
    };
  };
}
