import type { NotificationEvent } from "@pulse/schema/wire/channel-rules";

/** An execution as rules and messages see it. */
export interface SeenExecution {
  id: string;
  name: string;
  kind: string;
  status: string;
  reason: string | null;
  error: { code: string; message: string } | null;
  version: number | null;
  runner: string | null;
  trigger: string;
  startedAt: string | null;
  endedAt: string | null;
  durationMs: number | null;
}

/** A prompt as rules and messages see it. */
export interface SeenPrompt {
  id: string;
  step: string | null;
  message: string;
  expiresAt: string | null;
}

/** A runner as rules and messages see it. */
export interface SeenRunner {
  name: string;
  pool: string;
  labels: Readonly<Record<string, string>>;
  lastSeenAt: string | null;
}

/** A version of a function that became ready, or did not. */
export interface SeenDeploy {
  function: string;
  version: number;
  status: "ready" | "failed";
  message: string | null;
  by: string | null;
  error: string | null;
}

/** A split that the gateway ended, because its second version failed too often. */
export interface SeenSplit {
  function: string;
  alias: string;
  /** Gets every call again. */
  version: number | null;
  /** Gets none any more. */
  canary: number | null;
  reason: string;
}

/** A part of a quota that is used up. */
export interface SeenQuota {
  quota: string;
  percent: number;
}

/** What an event is about; what it has nothing to do with is null. */
export interface Subject {
  execution: SeenExecution | null;
  prompt: SeenPrompt | null;
  runner: SeenRunner | null;
  deploy: SeenDeploy | null;
  split: SeenSplit | null;
  quota: SeenQuota | null;
}

/** Something that happened in a project and that rules may tell of. `ended` is for them to judge: by how it went before, it is a failure, a recovery, or nothing. */
export interface Happening extends Subject {
  event: Exclude<NotificationEvent, "failed" | "recovered"> | "ended";
  /** Its name among all that ever happened in its project. */
  key: string;
  /** Epoch milliseconds. */
  at: number;
}

/** An event that is about nothing yet. */
export const noSubject: Subject = {
  ...{ execution: null, prompt: null, runner: null },
  ...{ deploy: null, split: null, quota: null },
};
