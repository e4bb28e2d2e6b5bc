import type { InStatement } from "@libsql/client";
import { ProblemError } from "@pulse/schema/problem";
import type { DirectCommand } from "@pulse/schema/wire/commands";
import { canonicalText } from "@pulse/schema/workflow/canonical";
import { validate } from "@pulse/schema/workflow/validate";
import { actorOf } from "../http/actor.ts";
import type { Principal } from "../http/context.ts";
import { sha256Hex } from "../http/encoding.ts";
import { requireMay } from "../http/require-may.ts";
import type { Ports } from "../ports.ts";
import { runLogOf } from "../workflows/runs/run-log.ts";
import { type Admit, startOnce } from "../workflows/runs/start-once.ts";
import { startPlanned } from "../workflows/runs/start-run.ts";
import { definitionOf, nameOf } from "./definition-of.ts";
import { createCommandStore } from "./store.ts";

const pointers: Readonly<Record<string, string>> = { timeout: "timeoutMs" };

/** How a command was sent. */
export interface CommandSent {
  idempotencyKey: string | null;
  /** How many calls through the gateway led here. */
  calls: number;
  /** What it is a part of; absent or null: nothing. */
  traceparent?: string | null;
}

/**
 * Runs a command on machines: an execution of kind `workflow` with one step. Sent again under the same key it is the same one. Throws
 * `forbidden`, `validation_failed` with all that is wrong, and `idempotency_mismatch`.
 */
export async function runCommand(
  ports: Ports,
  principal: Principal,
  asked: DirectCommand,
  { idempotencyKey, calls, traceparent = null }: CommandSent,
  admit?: Admit,
): Promise<{ id: string; isRepeated: boolean }> {
  const { project, kind, id: caller, name, userId } = principal;
  // Whoever may write a workflow may have a machine run any words; whoever may only start one, what the machines describe.
  if (asked.commandRef === undefined) requireMay(principal, "deploy", { project });
  const definition = definitionOf(asked);
  const { plan, errors } = validate(definition);
  if (plan === null) throw notValid(errors);
  const hash = await sha256Hex(new TextEncoder().encode(canonicalText(definition)));
  const key = { project, scope: `commands:${caller}`, key: idempotencyKey };
  const start = (id: string, rows: InStatement[]) => {
    const own = { id, project, hash, at: ports.now(), by: actorOf(principal), definition };
    return startPlanned(
      ports,
      runLogOf(ports),
      {
        ...{ project, caller, parent: null, traceparent },
        startedBy: { kind, id: caller, name, userId },
        trigger: { type: "command", by: actorOf(principal) },
      },
      { id, name: nameOf(asked), workflowId: id, revision: 1, plan, depth: calls, inputs: {} },
      [...rows, createCommandStore(ports.database).definitionRow(own)],
    );
  };
  return await startOnce(ports, key, hash, start, admit);
}

/** What is wrong with the definition, at the places of the request that it was made of. */
function notValid(findings: readonly { pointer: string; message: string }[]): ProblemError {
  const errors = findings.map(({ pointer, message }) => {
    const [field = "", ...rest] = pointer.replace(/^\/steps\/0\/?/, "").split("/");
    return { pointer: `/${[pointers[field] ?? field, ...rest].join("/")}`, detail: message };
  });
  const [first] = errors;
  return new ProblemError("validation_failed", `${first?.pointer}: ${first?.detail}`, { errors });
}
