import { makeId } from "@pulse/schema/ids";
import { ProblemError } from "@pulse/schema/problem";
import { canonicalText } from "@pulse/schema/workflow/canonical";
import type { Definition } from "@pulse/schema/workflow/definition";
import type { Finding } from "@pulse/schema/workflow/finding";
import { everyStep } from "@pulse/schema/workflow/step-lists";
import { validate } from "@pulse/schema/workflow/validate";
import { validateText } from "@pulse/schema/workflow/yaml";
import { sha256Hex } from "../http/encoding.ts";
import { readBytes } from "../http/read-body.ts";
import { parseStrictJson } from "../http/strict-json.ts";
import type { Ports } from "../ports.ts";
import { triggerFindings, triggerStatements } from "../schedules/of-triggers.ts";
import { hookFindings, hooksOfTriggers, presentHooks, type TriggerHooks } from "../webhooks/of-triggers.ts";
import { calledBy, hasCallUnasked } from "./may-call.ts";
import { createWorkflowStore, type RevisionRow, type WorkflowRow } from "./store.ts";

const mostBytes = 2 * 2 ** 20;
const decoder = new TextDecoder("utf-8", { fatal: true });

/** A definition as it was sent, with everything that was found in it. */
export interface ReadDefinition {
  value: unknown;
  errors: Finding[];
  warnings: Finding[];
  steps: number;
  /** Names of the workflows that it calls. */
  calls: readonly string[];
}

/** Reads a definition from a request: YAML where its type says so, else JSON. */
export async function readRequestDefinition(request: Request, now: number): Promise<ReadDefinition> {
  const bytes = await readBytes(request, mostBytes);
  let text: string;
  try {
    text = decoder.decode(bytes);
  } catch {
    throw new ProblemError("bad_request", "the definition is not valid UTF-8");
  }
  const isYaml = /yaml/i.test(request.headers.get("content-type") ?? "");
  return withTriggers(isYaml ? validateText(text) : jsonDefinition(text), now);
}

/** Reads a definition from a text of YAML, or of JSON. */
export function readDefinitionText(text: string, now: number): ReadDefinition {
  return withTriggers(validateText(text), now);
}

function withTriggers(read: ReturnType<typeof validateText>, now: number): ReadDefinition {
  const steps = read.plan === null ? 0 : [...everyStep(read.plan.steps)].length;
  const calls = read.plan === null ? [] : calledBy(read.plan);
  const isRead = read.errors.length === 0;
  const definition = read.value as Definition;
  const triggers = isRead ? [...triggerFindings(definition, now), ...hookFindings(definition)] : [];
  const { value, errors, warnings } = read;
  return { value, errors: [...errors, ...triggers], warnings, steps, calls };
}

function jsonDefinition(text: string) {
  const value = parseStrictJson(text);
  return { value, ...validate(value) };
}

/** The problem of a definition that is not in order, with everything that is wrong with it. */
export function notValid(errors: readonly Finding[], warnings: readonly Finding[]): ProblemError {
  const [first] = errors;
  const more = errors.length > 1 ? `, and ${errors.length - 1} more` : "";
  return new ProblemError(
    "validation_failed",
    `${first?.pointer || "the definition"}: ${first?.message ?? "is not valid"}${more}`,
    {
      errors: errors.map(({ pointer, message }) => ({ pointer, detail: message })),
      members: { findings: errors, warnings },
    },
  );
}

/** How a save went: `kept` is a definition that is the newest already, and whose calls were all there to be asked about when it was saved. */
export interface Saved {
  how: "created" | "revised" | "kept";
  workflow: WorkflowRow;
  /** The webhooks that its triggers are. */
  hooks: TriggerHooks["rows"];
  /** Names of webhooks that it had as triggers, and has no longer. */
  gone: TriggerHooks["gone"];
}

/** What is saved by whom. */
export interface Saving {
  project: string;
  name: string;
  by: string;
  ifMatch: string | null;
  /** How many calls led to this; 0. */
  depth?: number;
  /** Throws when they may not change what is there. */
  mayEdit?: (before: WorkflowRow) => void;
}

/** Saves a definition under a name. Throws `validation_failed` with every finding, `precondition_failed` for another hash than `ifMatch`. */
export async function saveWorkflow(
  ports: Ports,
  { project, name, by, ifMatch, depth = 0, mayEdit }: Saving,
  { calls = [], ...read }: Omit<ReadDefinition, "calls"> & { calls?: readonly string[] },
): Promise<Saved> {
  if (read.errors.length > 0) throw notValid(read.errors, read.warnings);
  // What is in order is a definition.
  const definition = read.value as Definition;
  const store = createWorkflowStore(ports.database);
  const hash = await sha256Hex(new TextEncoder().encode(canonicalText(definition)));
  for (;;) {
    const before = await store.byName(project, name);
    if (before !== null) mayEdit?.(before);
    checkMatch(ifMatch, before);
    if (before?.hash === hash && !(await hasCallUnasked(ports, before, calls))) {
      return { how: "kept", workflow: before, hooks: await presentHooks(ports, before.id), gone: [] };
    }
    const now = ports.now();
    const id = before?.id ?? makeId("workflow", now, ports.random(10));
    const revision: RevisionRow = {
      ...{ workflowId: id, revision: (before?.revision ?? 0) + 1, project, hash },
      ...{ createdAt: now, createdBy: by, definition },
    };
    const workflow: WorkflowRow = {
      ...{ id, project, name, description: definition.description ?? null, tags: definition.tags ?? [] },
      ...{ enabled: before?.enabled ?? true, revision: revision.revision, hash, steps: read.steps },
      ...{ createdAt: before?.createdAt ?? now, updatedAt: now },
      ...{ permissions: definition.permissions ?? null, disabled: before?.disabled ?? null },
      triggers: definition.triggers ?? [],
    };
    const whose = { id, project, name, by, depth };
    const times = await triggerStatements(ports, whose, definition);
    // Those that `validate` let through.
    const previous = { triggers: (before?.triggers ?? []) as NonNullable<Definition["triggers"]> };
    const hooks = await hooksOfTriggers(ports, whose, definition, previous);
    const also = [...times, ...hooks.statements];
    const isSaved = await (before === null
      ? store.add(workflow, revision, also)
      : store.revise(workflow, revision, also)
    ).catch(async (error: unknown) => {
      await hooks.undone();
      throw error;
    });
    if (isSaved) {
      await hooks.written();
      return { how: before === null ? "created" : "revised", workflow, hooks: hooks.rows, gone: hooks.gone };
    }
    await hooks.undone();
  }
}

function checkMatch(ifMatch: string | null, before: WorkflowRow | null): void {
  if (ifMatch === null) return;
  const isMet = ifMatch === "*" ? before !== null : before !== null && ifMatch === etagOf(before.hash);
  if (isMet) return;
  const seen = before === null ? "there is no such workflow" : `its hash is ${before.hash}`;
  throw new ProblemError("precondition_failed", `If-Match asks for ${ifMatch}, but ${seen}`);
}

/** The validator of a definition. */
export function etagOf(hash: string): string {
  return `"${hash}"`;
}
