import type { Job } from "@pulse/schema/wire/job";
import { type Completion, leaseNumbers } from "@pulse/schema/wire/runner-protocol";
import type { RunnerCall, RunnerEffect, RunnerEvent, StopReason } from "./runner-events.ts";

interface HeldJob {
  job: Job;
  /** Asking at the gate, running, told to stop, or ended and not yet taken by the gateway. */
  state: "gate" | "running" | "finished";
  stop: StopReason | null;
}

/** One process life of a runner. `spool` is what its disk held when it started. */
export interface RunnerState {
  phase: "opening" | "active" | "leaving" | "over";
  slots: number;
  epoch: number;
  n: number;
  jobs: Map<string, HeldJob>;
  spool: Completion[];
  renewedAt: number;
  failures: number;
  isRenewing: boolean;
  isFuseArmed: boolean;
  /** A planted bug: it goes on working without a lease. */
  neverFences: boolean;
}

/** A process that has just started. */
export function newRunner(slots: number, spool: Completion[], neverFences: boolean): RunnerState {
  return {
    phase: "opening",
    slots,
    epoch: 0,
    n: 0,
    jobs: new Map(),
    spool,
    renewedAt: 0,
    failures: 0,
    isRenewing: false,
    isFuseArmed: false,
    neverFences,
  };
}

const drainMs = 15_000;
const over = new Set(["session_superseded", "invalid_credential"]);

/**
 * A runner as the protocol wants it: changes the state by one event and says what is to be done. It has no clock, no I/O and no chance of
 * its own. It opens a session, keeps one sync parked, renews every 5 s while it holds anything, stops at-least-once work itself after 55 s
 * without an answered renewal, keeps outcomes on disk until the gateway has them, asks at the gate before it starts at-most-once work, and
 * gives back what it has when it drains. `random` is in [0, 1).
 */
export function step(state: RunnerState, event: RunnerEvent, now: number, random: number): RunnerEffect[] {
  if (state.phase === "over") return [];
  const effects: RunnerEffect[] = [];
  const call = (one: RunnerCall) => effects.push({ do: "call", call: one });
  const timer = (name: string, ms: number) => effects.push({ do: "timer", name, ms });
  const pause = () => Math.round(random * Math.min(30_000, 500 * 2 ** Math.min(state.failures, 10)));
  const holdings = () =>
    [...state.jobs.values()].map(({ job: { execution, fence } }) => ({ execution, fence }));
  const free = () => Math.max(0, state.slots - state.jobs.size);
  const mine = (execution: string, fence: number) => {
    const one = state.jobs.get(execution);
    return one?.job.fence === fence ? one : undefined;
  };
  const sync = () => {
    if (state.phase === "leaving" && state.jobs.size === 0) return call({ kind: "leave" });
    state.n += 1;
    const phase = state.phase === "leaving" ? ("draining" as const) : ("active" as const);
    return call({
      kind: "sync",
      n: state.n,
      free: free(),
      state: phase,
      running: holdings(),
      waitMs: 30_000,
    });
  };
  const complete = (completion: Completion) =>
    call({ kind: "complete", outcomes: [completion], want: state.phase === "active" ? free() + 1 : 0 });
  const forget = (execution: string, fence: number) => {
    if (mine(execution, fence) === undefined) return;
    state.jobs.delete(execution);
    // A newer sync says that nothing is held any more, so that the leave can follow.
    if (state.phase === "leaving" && state.jobs.size === 0) sync();
  };
  const unspool = (execution: string, fence: number) => {
    state.spool = state.spool.filter((one) => one.execution !== execution || one.fence !== fence);
    effects.push({ do: "drop", execution, fence });
  };
  const stop = (execution: string, fence: number, reason: StopReason) => {
    const one = mine(execution, fence);
    if (one === undefined || one.stop !== null || one.state === "finished") return;
    one.stop = reason;
    if (one.state === "gate") forget(execution, fence);
    else effects.push({ do: "kill", execution, fence, reason });
  };
  const heard = (sentAt: number) => {
    state.renewedAt = Math.max(state.renewedAt, sentAt);
  };
  const armFuse = () => {
    if (state.isFuseArmed || state.jobs.size === 0) return;
    state.isFuseArmed = true;
    timer("fuse", Math.max(1, state.renewedAt + leaseNumbers.selfFenceMs - now));
  };
  const renew = () => {
    if (state.jobs.size === 0 || state.isRenewing) return;
    state.isRenewing = true;
    armFuse();
    call({ kind: "renew", running: holdings() });
  };
  const take = (jobs: readonly Job[]) => {
    for (const job of jobs) {
      const { execution, fence } = job;
      const known = state.jobs.get(execution);
      if (known !== undefined && known.job.fence >= fence) continue;
      if (known !== undefined && known.state === "running") {
        effects.push({ do: "kill", execution, fence: known.job.fence, reason: "fenced" });
      }
      const isGated = job.delivery === "atMostOnce";
      state.jobs.set(execution, { job, state: isGated ? "gate" : "running", stop: null });
      if (state.phase === "leaving") call({ kind: "release", execution, fence, started: false });
      else if (isGated) call({ kind: "start", execution, fence });
      else effects.push({ do: "run", job });
    }
    armFuse();
  };
  const end = (code: number) => {
    state.phase = "over";
    effects.push({ do: "exit", code });
  };

  switch (event.type) {
    case "boot":
      call({
        kind: "session",
        inFlight: state.spool.map(({ execution, fence }) => ({ execution, fence, state: "finished" })),
      });
      break;
    case "joined":
      if (state.phase !== "opening") break;
      state.phase = "active";
      state.epoch = event.epoch;
      state.failures = 0;
      heard(event.sentAt);
      for (const { execution, fence, action } of event.reconcile) {
        const kept = state.spool.find((one) => one.execution === execution && one.fence === fence);
        if (kept !== undefined && action !== "forget") complete(kept);
        else unspool(execution, fence);
      }
      sync();
      timer("renew", leaseNumbers.renewEveryMs);
      break;
    case "drain":
      if (state.phase === "opening") end(0);
      if (state.phase !== "active") break;
      state.phase = "leaving";
      timer("give back", drainMs);
      sync();
      break;
    case "timer":
      if (event.name === "open")
        call({
          kind: "session",
          inFlight: state.spool.map(({ execution, fence }) => ({ execution, fence, state: "finished" })),
        });
      if (event.name === "sync") sync();
      if (event.name === "renew") {
        renew();
        timer("renew", leaseNumbers.renewEveryMs);
      }
      if (event.name === "renew soon") renew();
      if (event.name === "fuse") {
        state.isFuseArmed = false;
        if (state.jobs.size === 0) break;
        if (state.renewedAt + leaseNumbers.selfFenceMs > now) armFuse();
        else if (!state.neverFences) {
          for (const { job } of [...state.jobs.values()]) {
            if (job.delivery === "atLeastOnce") stop(job.execution, job.fence, "fenced");
          }
        }
      }
      if (event.name === "give back") {
        for (const { job, state: at } of [...state.jobs.values()]) {
          if (job.delivery !== "atLeastOnce" || at !== "running") continue;
          stop(job.execution, job.fence, "fenced");
        }
      }
      if (event.name.startsWith("again ")) {
        const [, execution = "", fence] = event.name.split(" ");
        const kept = state.spool.find((one) => one.execution === execution && one.fence === Number(fence));
        if (kept !== undefined) complete(kept);
        else if (mine(execution, Number(fence))?.state === "gate")
          call({ kind: "start", execution, fence: Number(fence) });
      }
      break;
    case "synced":
      heard(event.sentAt);
      state.failures = 0;
      take(event.answer.jobs);
      for (const { execution, fence, reason } of event.answer.cancel)
        stop(execution, fence, reason ?? "cancelled");
      if (event.n === state.n) sync();
      break;
    case "renewed":
      state.isRenewing = false;
      heard(event.sentAt);
      for (const { execution, fence, status } of event.leases) {
        if (status === "fenced") stop(execution, fence, "fenced");
        if (status === "cancel") stop(execution, fence, "cancelled");
      }
      break;
    case "started": {
      const one = mine(event.execution, event.fence);
      if (one?.state !== "gate") break;
      one.state = "running";
      effects.push({ do: "run", job: one.job });
      break;
    }
    case "stopped":
      stop(event.execution, event.fence, event.reason);
      break;
    case "ended": {
      const one = mine(event.execution, event.fence);
      if (one?.state !== "running") break;
      if (one.stop === "fenced") {
        const { execution, fence } = event;
        if (state.phase === "leaving") call({ kind: "release", execution, fence, started: true });
        else forget(execution, fence);
        break;
      }
      one.state = "finished";
      const completion = { execution: event.execution, fence: event.fence, outcome: event.outcome };
      state.spool.push(completion);
      effects.push({ do: "keep", completion });
      complete(completion);
      break;
    }
    case "completed":
      for (const { execution, fence } of event.outcomes) {
        unspool(execution, fence);
        forget(execution, fence);
      }
      if (event.answer.jobs.length > 0) {
        heard(event.sentAt);
        take(event.answer.jobs);
        timer("renew soon", 1000);
      }
      break;
    case "released":
      forget(event.execution, event.fence);
      break;
    case "failed": {
      const { call: failed, code } = event;
      if (failed.kind === "leave") {
        end(0);
        break;
      }
      if (code !== null && over.has(code)) {
        end(78);
        break;
      }
      state.failures += 1;
      if (failed.kind === "session") timer("open", pause());
      if (failed.kind === "sync" && failed.n === state.n) timer("sync", pause());
      if (failed.kind === "renew") state.isRenewing = false;
      if (failed.kind === "release") forget(failed.execution, failed.fence);
      if (failed.kind === "start") {
        if (code === "fenced" || code === "cancelled") forget(failed.execution, failed.fence);
        else timer(`again ${failed.execution} ${failed.fence}`, pause());
      }
      if (failed.kind === "complete") {
        for (const { execution, fence } of failed.outcomes) timer(`again ${execution} ${fence}`, pause());
      }
      break;
    }
  }
  return effects;
}
