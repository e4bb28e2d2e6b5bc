import type { Job, Outcome } from "@pulse/schema/wire/job";
import type { CompleteAnswer, Completion, Holding, SyncAnswer } from "@pulse/schema/wire/runner-protocol";

/** Why a job is stopped. */
export type StopReason = "cancelled" | "disconnected" | "fenced";
type InFlight = Holding & { state: "running" | "finished" };
type Reconciled = Holding & { action: "continue" | "stop" | "forget" | "report" };
type Lease = Holding & { status: "ok" | "cancel" | "fenced" | "done" };

/** A call that the runner makes. */
export type RunnerCall =
  | { kind: "session"; inFlight: InFlight[] }
  | {
      kind: "sync";
      n: number;
      free: number;
      state: "active" | "draining";
      running: Holding[];
      waitMs: number;
    }
  | { kind: "renew"; running: Holding[] }
  | { kind: "start"; execution: string; fence: number }
  | { kind: "complete"; outcomes: Completion[]; want: number }
  | { kind: "release"; execution: string; fence: number; started: boolean }
  | { kind: "leave" };

/** What happens to a runner. Times are its own monotonic milliseconds. */
export type RunnerEvent =
  | { type: "boot" }
  | { type: "timer"; name: string }
  | { type: "drain" }
  | { type: "ended"; execution: string; fence: number; outcome: Outcome }
  | { type: "stopped"; execution: string; fence: number; reason: StopReason }
  | { type: "joined"; epoch: number; reconcile: Reconciled[]; sentAt: number }
  | { type: "synced"; answer: SyncAnswer; n: number; sentAt: number }
  | { type: "renewed"; leases: Lease[]; sentAt: number }
  | { type: "started"; execution: string; fence: number }
  | { type: "completed"; answer: CompleteAnswer; outcomes: Completion[]; sentAt: number }
  | { type: "released"; execution: string; fence: number }
  /** `code` is null when nothing was heard. */
  | { type: "failed"; call: RunnerCall; code: string | null };

/** What a runner does about it. */
export type RunnerEffect =
  | { do: "call"; call: RunnerCall }
  | { do: "timer"; name: string; ms: number }
  | { do: "run"; job: Job }
  | { do: "kill"; execution: string; fence: number; reason: StopReason }
  | { do: "keep"; completion: Completion }
  | { do: "drop"; execution: string; fence: number }
  | { do: "exit"; code: number };
