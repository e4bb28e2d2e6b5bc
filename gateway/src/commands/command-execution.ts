import { ProblemError } from "@pulse/schema/problem";
import { startedCommand } from "@pulse/schema/wire/job";
import type * as z from "zod";
import type { NewExecution } from "../hub.ts";

/** A command that somebody asked for. */
export interface CommandAsked {
  id: string;
  project: string;
  pool: string;
  /** The id of the runner whose machine it is for; null: any of the pool that takes commands. */
  runner: string | null;
  spec: z.input<typeof startedCommand>;
  timeoutMs: number;
  delivery: "atMostOnce" | "atLeastOnce";
  mode: "sync" | "async";
  /** Epoch milliseconds. */
  createdAt: number;
  /** When it is given up if no runner took it, epoch milliseconds; null: never. */
  expiresAt: number | null;
  parentId: string | null;
  caller: string | null;
  /** What it is a part of; absent or null: nothing. */
  traceparent?: string | null;
}

/** The execution of a command, as the hub takes it. Throws `validation_failed` that lists what is wrong with the command. */
export function commandExecution(asked: CommandAsked): NewExecution {
  const { id, project, pool, runner, timeoutMs, delivery, mode, createdAt, expiresAt, parentId, caller } =
    asked;
  const parsed = startedCommand.safeParse(asked.spec);
  if (!parsed.success) {
    const errors = parsed.error.issues.map((issue) => ({
      pointer: `/${issue.path.map(String).join("/")}`,
      detail: issue.message,
    }));
    const detail = errors.map((one) => `${one.pointer}: ${one.detail}`).join("; ");
    throw new ProblemError("validation_failed", detail, { errors });
  }
  const capability = parsed.data.work.is === "request" ? "requests" : "commands";
  const requires = { runtime: null, labels: {}, arch: null, capability };
  return {
    ...{ id, pool, mode, createdAt, expiresAt, parentId, caller, runAt: createdAt },
    requires: runner === null ? requires : { ...requires, runner },
    ...{ functionId: null, versionId: null, cap: null, retry: null, idempotency: null },
    mayRedeliver: delivery === "atLeastOnce",
    job: {
      ...{ kind: "command", execution: id, project, delivery, timeoutMs },
      ...{ deadlineMs: null, traceparent: asked.traceparent ?? null, spec: parsed.data },
    },
  };
}
