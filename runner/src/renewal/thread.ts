import { parentPort, workerData } from "node:worker_threads";
import { ProblemError } from "@pulse/schema/problem";
import { mayPass } from "../backoff.ts";
import { RenewalBoard } from "./board.ts";
import { ProcessGroups } from "./groups.ts";
import type { FromThread, Start, ToThread } from "./messages.ts";
import { Connection } from "./post-json.ts";

/** How long the main thread may take to stop what the lease no longer covers, before its sandboxes are ended from here. */
const mainStopsWithinMs = 2000;

const { gateway, memory, groups, renewEveryMs, renewal } = workerData as Start;
type Leases = { leases: NonNullable<FromThread["changed"]> };
const board = new RenewalBoard(memory);
const sandboxes = new ProcessGroups(groups);
const port = parentPort;
if (port === null) throw new Error("this file is a thread of the runner");

let connection = new Connection(gateway);
let token: string | null = null;
let everyMs = renewEveryMs;
let isRenewing = false;
let isAskedAgain = false;
let timer: NodeJS.Timeout | undefined;
let fuse: NodeJS.Timeout | undefined;

const tell = (message: FromThread) => port.postMessage(message);

port.on("message", (message: ToThread) => {
  if (message.token !== undefined) token = message.token;
  if (message.renewEveryMs !== undefined) everyMs = message.renewEveryMs;
  if (message.now === true) void renewNow();
  schedule();
});
schedule();

function schedule(): void {
  clearTimeout(timer);
  timer = setTimeout(() => void renewNow().finally(schedule), everyMs);
  armFuse();
}

/** Whatever a renewal under way is waiting for, the lease runs out on time. */
function armFuse(): void {
  clearTimeout(fuse);
  fuse = setTimeout(checkLease, Math.max(1, Math.min(everyMs, board.leftMs())));
}

/** True: the lease has run out and what it covered is being stopped. */
function checkLease(): boolean {
  armFuse();
  if (board.leftMs() > 0 || !board.isAtStake) return false;
  board.fence();
  tell({ expired: true });
  setTimeout(() => {
    // Which sandbox runs what only the main thread knows, so beside at-most-once work, which goes on, they are left to it.
    if (board.isFenceDue && !board.hasAtMostOnce) sandboxes.end();
  }, mainStopsWithinMs);
  return true;
}

/** Renews what is held; one that is not answered in time is given up with its connection. */
async function renewNow(): Promise<void> {
  // After a freeze the lease is judged before anything is said to the gateway.
  checkLease();
  const running = board.list();
  if (isRenewing) isAskedAgain = true;
  if (running.length === 0 || token === null || isRenewing) return;
  isRenewing = true;
  const used = connection;
  const sentWith = token;
  const sentAt = RenewalBoard.now();
  try {
    const headers = {
      ...renewal.headers,
      "pulse-epoch": String(board.epoch),
      authorization: `Bearer ${sentWith}`,
    };
    const signal = AbortSignal.timeout(renewal.timeoutMs);
    // The gateway's own contract; what is no list of leases renews nothing.
    const { leases } = (await used.post(renewal.path, headers, { running }, signal)) as Leases;
    const changed = leases.filter(({ status }) => status === "fenced" || status === "cancel");
    board.heard(sentAt);
    if (changed.length > 0) tell({ changed });
  } catch (error) {
    const answered = error instanceof ProblemError && error.extras.members?.unreachable !== true;
    if (!answered) {
      connection = new Connection(gateway);
      used.close();
    }
    if (error instanceof ProblemError && error.code === "expired_credential")
      tell({ refusedToken: sentWith });
    else if (error instanceof ProblemError && !mayPass(error))
      tell({ refused: { code: error.code, detail: error.message } });
  } finally {
    isRenewing = false;
    armFuse();
  }
  if (!isAskedAgain) return;
  isAskedAgain = false;
  await renewNow();
}
