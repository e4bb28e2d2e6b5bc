import { makeId } from "@pulse/schema/ids";
import { ProblemError } from "@pulse/schema/problem";
import type { DirectCommand } from "@pulse/schema/wire/commands";
import { canonicalText } from "@pulse/schema/workflow/canonical";
import { validate } from "@pulse/schema/workflow/validate";
import type { Principal } from "../http/context.ts";
import { sha256Hex } from "../http/encoding.ts";
import { requireMay } from "../http/require-may.ts";
import type { Ports } from "../ports.ts";
import { Overtaken, runLogOf } from "../workflows/runs/run-log.ts";
import { startPlanned } from "../workflows/runs/start-run.ts";
import { definitionOf, nameOf } from "./definition-of.ts";
import { type CommandKey, createCommandStore } from "./store.ts";

const keyKeptMs = 86_400_000;
const pointers: Readonly<Record<string, string>> = { timeout: "timeoutMs" };

/**
 * Runs a command on machines: an execution of kind `workflow` with one step. Sent again under the same key it is the same one. Throws
 * `forbidden`, `validation_failed` with all that is wrong, and `idempotency_mismatch`.
 */
export async function runCommand(
  ports: Ports,
  principal: Principal,
  asked: DirectCommand,
  idempotencyKey: string | null,
): Promise<{ id: string; isRepeated: boolean }> {
  const { project, kind, id: caller, name, userId } = principal;
  // Whoever may write a workflow may have a machine run any words; whoever may only start one, what the machines describe.
  if (asked.commandRef === undefined) requireMay(principal, "deploy", { project });
  const definition = definitionOf(asked);
  const { plan, errors } = validate(definition);
  if (plan === null) throw notValid(errors);
  const store = createCommandStore(ports.database);
  const hash = await sha256Hex(new TextEncoder().encode(canonicalText(definition)));
  const key = idempotencyKey === null ? null : { project, scope: `commands:${caller}`, key: idempotencyKey };
  const before = await heldBy(ports, key, hash);
  if (before !== null) return { id: before, isRepeated: true };
  const now = ports.now();
  const id = makeId("execution", now, ports.random(10));
  const held = { id, fingerprint: hash, until: now + keyKeptMs, now };
  const own = store.definitionRow({ id, project, hash, at: now, by: name, definition });
  try {
    await startPlanned(
      ports,
      runLogOf(ports),
      {
        ...{ project, caller, parent: null },
        startedBy: { kind, id: caller, name, userId },
        trigger: { type: "command", by: name },
      },
      { id, name: nameOf(asked), workflowId: id, revision: 1, plan, depth: 0, inputs: {} },
      [...(key === null ? [] : store.keyRows(key, held)), own],
    );
    return { id, isRepeated: false };
  } catch (error) {
    // Two at once under one key: the other one was first.
    const other = error instanceof Overtaken ? await heldBy(ports, key, hash) : null;
    if (other === null) throw error;
    return { id: other, isRepeated: true };
  }
}

async function heldBy(ports: Ports, key: CommandKey | null, hash: string): Promise<string | null> {
  if (key === null) return null;
  const holder = await createCommandStore(ports.database).holder(key, ports.now());
  if (holder !== null && holder.fingerprint !== hash)
    throw new ProblemError("idempotency_mismatch", "this Idempotency-Key was used for another command");
  return holder?.id ?? null;
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
