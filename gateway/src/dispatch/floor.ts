import { ProblemError } from "@pulse/schema/problem";
import type { ExecutionError, OutcomeResponse } from "@pulse/schema/wire/job";
import type { PoolScope, Settled } from "../hub.ts";
import type { Ports } from "../ports.ts";
import { Backlog } from "./backlog.ts";
import { Buckets } from "./buckets.ts";
import { Caps } from "./caps.ts";
import { Fleet, type Session } from "./fleet.ts";
import type { Held } from "./held.ts";
import { JobStore } from "./job-store.ts";
import { Journal } from "./journal.ts";
import { Tally } from "./tally.ts";
import { TicketWatch } from "./ticket-watch.ts";
import { Traces } from "./traces.ts";
import { WaitingRoom } from "./waiting-room.ts";

/** What a streamed response left behind until its completion settles it. */
export interface Streamed {
  status: number;
  headers: [string, string][];
  bytes: number;
  /** The whole body, when it was small enough to keep. */
  copy: Uint8Array | null;
  brokenOff: boolean;
}

/** How a build ended, for the feature that owns versions. */
export interface BuildEnd {
  execution: string;
  project: string;
  status: string;
  error: ExecutionError | null;
}

/** The memory that the parts of the dispatcher share. Losing it loses no accepted work. */
export interface Floor {
  readonly ports: Ports;
  readonly store: JobStore;
  readonly fleet: Fleet;
  readonly tally: Tally;
  readonly traces: Traces;
  readonly room: WaitingRoom;
  /** Who follows the log of an execution. */
  readonly logs: TicketWatch;
  /** Who follows what changes in a project. */
  readonly news: TicketWatch;
  /** Executions or runners of a project changed; `isStep`: one that a workflow asked for has ended. */
  changed(project: string, isStep?: boolean): void;
  /** Somebody else than the hub changed something of a project; `quiet`: nothing that a workflow waits for. */
  told(project: string, quiet: boolean): void;
  readonly caps: Caps;
  /** What callers have left of their rates. */
  readonly buckets: Buckets;
  readonly backlog: Backlog;
  /** Who holds an execution. */
  readonly holders: Map<string, Session>;
  readonly streamed: Map<string, Streamed>;
  /** Responses on their way through the hub, by the hand-out they belong to: calling one breaks it off. */
  readonly pipes: Map<Held, (cause: unknown) => void>;
  /** Recently settled fences, so that a renewal that still lists them hears `done`. */
  readonly settled: Map<string, number>;
  /** Fences of hand-outs that were read from their rows and are over, so that a claim which is answered later does not bring them back. */
  readonly outdated: Map<string, number>;
  /** Asks for a tick at this time (epoch ms) at the latest. */
  wakeAt(ms: number): void;
  /** Called after a build execution ended for good. */
  buildEnded(end: BuildEnd): Promise<void>;
  /** Queued work is given up at this time at the earliest, epoch ms; null: none is bounded. */
  expiryAt: number | null;
  /** Until this time (epoch ms) rows may turn up of which this memory knows nothing; 0: none. */
  doubtUntil: number;
  /** The hub is stopping: nothing new is handed out. */
  draining: boolean;
}

/** Where a hub stands among others over the same database. */
export interface Place {
  /** The one pool whose work it hands out; null: every pool's. */
  only: PoolScope | null;
  /** Hears of each change of a project's executions and runners, besides those who follow them here; `isStep`: one that a workflow asked for has ended. */
  onChanged(project: string, isStep: boolean): void;
  /** Hears what the hub is told by others, but for what no workflow waits for. */
  onTold?(project: string): void;
}

/** How long after a write without an answer it may still be made, milliseconds. */
const doubtMs = 60_000;
/** How often the rows are looked at while there is doubt, milliseconds. */
export const doubtEveryMs = 5000;

/** An empty floor. */
export function createFloor(
  ports: Ports,
  wakeAt: Floor["wakeAt"],
  buildEnded: Floor["buildEnded"],
  place: Place,
): Floor {
  const { client } = ports.database;
  const tally = new Tally();
  ports.runEnded = (project, status) => tally.runEnded(project, status);
  const news = new TicketWatch(ports);
  const changed = (project: string, isStep = false) => {
    news.touch(project);
    place.onChanged(project, isStep);
  };
  const journal = new Journal(
    client,
    ports,
    () => doubt(floor),
    (ms) => tally.committed(ms),
  );
  const floor: Floor = {
    ports,
    store: new JobStore(client, journal, { now: ports.now, changed }, place.only),
    fleet: new Fleet(),
    tally,
    traces: new Traces(ports),
    room: new WaitingRoom(ports),
    logs: new TicketWatch(ports),
    news,
    changed,
    told(project, quiet) {
      news.touch(project);
      if (!quiet) place.onTold?.(project);
    },
    caps: new Caps(),
    buckets: new Buckets(ports.now),
    backlog: new Backlog(),
    holders: new Map(),
    streamed: new Map(),
    pipes: new Map(),
    settled: new Map(),
    outdated: new Map(),
    wakeAt,
    buildEnded,
    expiryAt: null,
    doubtUntil: 0,
    draining: false,
  };
  return floor;
}

/** The rows may hold what this memory does not: they are looked at for a while. */
export function doubt(floor: Floor): void {
  const now = floor.ports.now();
  floor.doubtUntil = now + doubtMs;
  floor.wakeAt(now + doubtEveryMs);
}

/** Some queued work is given up at this time. */
export function noteExpiry(floor: Floor, at: number): void {
  floor.expiryAt = Math.min(floor.expiryAt ?? at, at);
  floor.wakeAt(at);
}

const rememberedMost = 2000;

/** Puts an execution into a runner's hands. */
export function take(floor: Floor, session: Session, held: Held): void {
  held.offeredAt = floor.ports.now();
  session.held.set(held.id, held);
  floor.holders.set(held.id, session);
  floor.caps.take(held.capKey);
}

/** Takes an execution out of its runner's hands, with the response that it still sends; capped work that waits may go on. */
export function letGo(floor: Floor, held: Held): void {
  floor.pipes.get(held)?.(new ProblemError("fenced", `execution ${held.id} is no longer held`));
  const session = floor.holders.get(held.id);
  if (session?.held.get(held.id) !== held) return;
  session.held.delete(held.id);
  session.cancels.delete(held.id);
  session.outbox = session.outbox.filter((one) => one !== held);
  floor.holders.delete(held.id);
  if (held.offeredAt === 0) remember(floor.outdated, held);
  floor.caps.free(held.capKey);
  if (held.capKey !== null) {
    floor.backlog.freed(`${held.project}/${held.pool}`, held, floor.ports.now());
  }
}

/** Remembers a settled fence for late renewals. */
export function rememberSettled(floor: Floor, id: string, fence: number): void {
  remember(floor.settled, { id, fence });
}

function remember(fences: Map<string, number>, { id, fence }: Pick<Held, "id" | "fence">): void {
  fences.set(id, fence);
  const [oldest] = fences.keys();
  if (fences.size > rememberedMost && oldest !== undefined) fences.delete(oldest);
}

/** An execution that ended without a response. */
export function settledWithout(
  held: Held,
  status: Settled["status"],
  reason: string,
  error: ExecutionError,
): Settled {
  return { id: held.id, status, reason, attempt: held.attempt, error, timing: {}, response: null };
}

/** A short text that tells two completions of one fence apart; equal for a repeated one. */
export function printOf(outcome: {
  status: string;
  reason: string | null;
  error: { message: string } | null;
  response: OutcomeResponse | null;
  logs: { lastSeq: number };
}): string {
  const { response } = outcome;
  const size =
    response === null ? 0 : "base64" in response.body ? response.body.base64.length : response.body.bytes;
  const message = outcome.error?.message.slice(0, 200) ?? "";
  return [outcome.status, outcome.reason, response?.status ?? "", size, outcome.logs.lastSeq, message].join(
    "/",
  );
}
