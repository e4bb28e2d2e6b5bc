import { parentPort, workerData } from "node:worker_threads";
import { RenewalBoard } from "./board.ts";
import { ProcessGroups } from "./groups.ts";
import type { Start, ToThread } from "./messages.ts";
import { Connection } from "./post-json.ts";
import { type Leases, type RenewalLine, Renewals } from "./renewals.ts";

const { gateway, memory, groups, renewEveryMs, renewal } = workerData as Start;
const sandboxes = new ProcessGroups(groups);
const port = parentPort;
if (port === null) throw new Error("this file is a thread of the runner");

const renewals = new Renewals({
  board: new RenewalBoard(memory),
  connect: lineToGateway,
  ...{ everyMs: renewEveryMs, timeoutMs: renewal.timeoutMs },
  tell: (message) => port.postMessage(message),
  endSandboxes: () => sandboxes.end(),
});

port.on("message", (message: ToThread) => {
  if (message.token !== undefined) renewals.token = message.token;
  if (message.renewEveryMs !== undefined) renewals.everyMs = message.renewEveryMs;
  if (message.now === true) renewals.now();
});

function lineToGateway(): RenewalLine {
  const connection = new Connection(gateway);
  return {
    renew: (running, epoch, token, signal) => {
      const own = { "pulse-epoch": String(epoch), authorization: `Bearer ${token}` };
      const headers = { ...renewal.headers, ...own };
      // The gateway's own contract; what is no list of leases renews nothing.
      return connection.post(renewal.path, headers, { running }, signal) as Promise<Leases>;
    },
    close: () => connection.close(),
  };
}
