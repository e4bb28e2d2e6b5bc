import type { ProblemCode } from "@pulse/schema/problem";

/** What the renewal thread begins with. */
export interface Start {
  gateway: string;
  /** Of a `RenewalBoard`. */
  memory: SharedArrayBuffer;
  /** Of the `ProcessGroups`. */
  groups: SharedArrayBuffer;
  renewEveryMs: number;
  /** The call: the thread does not load the contract for it. */
  renewal: { path: string; headers: Record<string, string>; timeoutMs: number };
}

/** From the main thread to the renewal thread. */
export interface ToThread {
  /** The access token from now on. */
  token?: string;
  renewEveryMs?: number;
  /** Renew at once. */
  now?: true;
}

/** From the renewal thread to the main thread: one of these. */
export interface FromThread {
  /** Holdings that the gateway calls fenced or cancelled. */
  changed?: { execution: string; fence: number; status: "fenced" | "cancel" | "ok" | "done" }[];
  /** The lease has run out. */
  expired?: true;
  /** The gateway does not take this token any more. */
  refusedToken?: string;
  /** The gateway refused for good. */
  refused?: { code: ProblemCode; detail: string };
}
