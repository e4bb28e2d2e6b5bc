import { type Holding, release, type session } from "@pulse/schema/wire/runner-protocol";
import type * as z from "zod";
import { persist } from "../backoff.ts";
import { type Clock, timeLimit } from "../clock.ts";
import type { Completions } from "../completions.ts";
import type { Link } from "../link.ts";
import type { Running } from "../running.ts";
import { type LeftLog, type Leftovers, senderOf } from "./leftovers.ts";
import type { LogFile, LogOwner } from "./log-file.ts";

type InFlight = NonNullable<z.input<NonNullable<typeof session.body>>["inFlight"]>;
type Reconcile = z.output<NonNullable<typeof session.answer>>["reconcile"];

/** How long the last lines of an attempt that ended with its runner may hold up that it is tried again. */
const lastLinesMs = 5000;

/** What an earlier process left, and where. */
export interface Earlier {
  readonly leftovers: Leftovers;
  /** The file for the log of an attempt. */
  logOf(owner: LogOwner): LogFile;
  /** The gateway has what is left of an attempt, or nobody wants it. */
  forget(owner: LogOwner): Promise<void>;
}

/** What the session's beginning says of what an earlier process left. */
export function inFlightOf({ leftovers }: Earlier): InFlight {
  return [
    ...leftovers.finished.map(({ completion: { execution, fence } }) => ({
      ...{ execution, fence },
      state: "finished" as const,
    })),
    ...leftovers.broken.map(({ owner }) => ({ ...owner, state: "running" as const })),
  ];
}

/** Does with what an earlier process left what the gateway answered, and forgets it: finished work is reported, broken work given back. */
export async function deliver(
  spool: Earlier,
  reconcile: Reconcile,
  to: {
    link: Link;
    completions: Completions;
    running: Running;
    say: (line: string) => void;
    signal: AbortSignal;
    clock: Clock;
  },
): Promise<void> {
  const { link, completions, running, say, signal } = to;
  const actions = new Map(reconcile.map((one) => [`${one.execution}.${one.fence}`, one.action]));
  const isWanted = ({ execution, fence }: Holding) => {
    const action = actions.get(`${execution}.${fence}`);
    return action === "report" || action === "continue";
  };
  const { finished } = spool.leftovers;
  // What this process goes on with takes its log over by itself.
  const broken = spool.leftovers.broken.filter(
    ({ owner }) => running.get(owner.execution)?.job.fence !== owner.fence,
  );
  const listed = async (holding: Holding, work: () => Promise<void>) => {
    running.adopt(holding);
    try {
      await work();
      if (!signal.aborted) await spool.forget(holding);
    } finally {
      running.drop(holding);
    }
  };
  const reported = finished.filter(({ completion }) => isWanted(completion));
  const givenBack = broken.filter(({ owner }) => isWanted(owner));
  const known = new Set<object>([...reported.map(({ completion }) => completion), ...givenBack]);
  const unwanted = [
    ...finished.flatMap(({ completion }) => (known.has(completion) ? [] : [completion])),
    ...broken.flatMap((log) => (known.has(log) ? [] : [log.owner])),
  ];
  for (const one of unwanted) await spool.forget(one);
  if (unwanted.length > 0) {
    say(
      `${unwanted.length} executions from before this start are dropped: the gateway has them, or gave them on`,
    );
  }
  if (reported.length > 0) say(`${reported.length} outcomes from before this start are delivered now`);
  await Promise.all([
    ...reported.map(({ completion, log }) => {
      const { execution, fence } = completion;
      if (log === null && completion.logs === undefined) {
        const given = { completion, logsSent: nothing, resendLogs: async (seq: number) => seq - 1 };
        return listed({ execution, fence }, () => completions.add(given));
      }
      const left = log ?? {
        owner: { execution, fence },
        file: spool.logOf({ execution, fence }),
        chunks: [],
      };
      const sender = senderOf(link, left, signal);
      const rode = completion.logs;
      if (rode !== undefined) sender.addSent({ ...rode, gzip: Buffer.from(rode.gzip, "base64") });
      const logsSent = () => sender.idle();
      return listed({ execution, fence }, async () => {
        // What the gateway has already it names as it takes the outcome, so nothing is sent twice.
        await completions.add({ completion, logsSent, resendLogs: (seq) => sender.resend(seq) });
      });
    }),
    ...givenBack.map((log) => listed(log.owner, () => giveBack(log, to))),
  ]);
}

/** Sends the last lines of an attempt that ended with its runner, and gives it back, so that it is tried again at once. */
async function giveBack(
  log: LeftLog,
  {
    link,
    say,
    signal,
    clock,
  }: { link: Link; say: (line: string) => void; signal: AbortSignal; clock: Clock },
): Promise<void> {
  const { execution, fence } = log.owner;
  await senderOf(link, log, timeLimit(clock, lastLinesMs, signal)).idle();
  const body = { reason: "infrastructure" as const, started: true, detail: "the runner was started again" };
  const fail = (error: unknown) => say(`${execution} could not be given back: ${String(error)}`);
  const ask = () => link.call(release, { params: { id: execution }, fence, body, signal });
  await persist(ask, fail, signal, clock).catch(fail);
}

/** There is nothing to wait for. */
async function nothing(): Promise<void> {}
