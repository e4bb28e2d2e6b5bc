import type { Endpoint } from "@pulse/schema/endpoint";
import type { ProblemCode } from "@pulse/schema/problem";
import { ProblemError } from "@pulse/schema/problem";
import type { AuditEntry, AuditOutcome } from "@pulse/schema/wire/audit";
import type { Deps, Principal } from "../http/context.ts";
import { budgetOf } from "./budget.ts";
import { addEntry, newPendingId } from "./chain.ts";
import { difference, plainText, shown, shownFacts } from "./shown.ts";
import { createAuditStore, type NewEntry } from "./store.ts";

/** What a handler adds to the entry of what it does. */
export interface Noted {
  /** Who it turned out to be, where the request itself does not say. */
  actor?: AuditEntry["actor"];
  project?: string;
  target?: string;
  /** The state before and after; what is the same on both sides is left out. */
  before?: Readonly<Record<string, unknown>>;
  after?: Readonly<Record<string, unknown>>;
  details?: Readonly<Record<string, unknown>>;
}

/** What is known of a request when it arrives. */
export interface Arrival {
  requestId: string;
  /** What the path names. */
  params: Readonly<Record<string, string>>;
  /** Where it came from; null: the gateway cannot know. */
  address: string | null;
  /** What an agent that asks over MCP calls itself; absent or null: no agent does. */
  agent?: string | null;
}

const hourMs = 3_600_000;
const refusalsAnHour = 240;
const actorKinds = {
  key: "key",
  session: "person",
  user: "person",
  runner: "runner",
  anonymous: "anonymous",
} as const satisfies Record<Principal["kind"], AuditEntry["actor"]["kind"]>;
/** Refusals of reading that tell of somebody who tries: not of a page whose session has ended. */
const suspicious: ReadonlySet<ProblemCode> = new Set(["forbidden", "invalid_credential", "bad_origin"]);

/** Which name the audit has for an endpoint; null: it does not tell of it. */
export function actionOf({ audit, method, scope, tag }: Endpoint): string | null {
  if (audit !== undefined) return "exempt" in audit ? null : audit.action;
  if (scope === "runner" || (method === "GET" && scope === "public")) return null;
  return `${tag}.${method === "GET" ? "read" : method.toLowerCase()}`;
}

/**
 * Sees one request through and writes its entry. Before something is changed it is on disk that this is about to happen, so that nothing is done without
 * a trace; when it has ended, the entry gets its place in the chain.
 */
export class Witness {
  readonly #deps: Deps;
  readonly #endpoint: Endpoint;
  readonly #arrival: Arrival;
  readonly #action: string | null;
  readonly #at: string;
  #id: string | null = null;
  #actor: AuditEntry["actor"] = { kind: "anonymous", id: "anonymous", name: "anonymous" };
  #project = "default";
  #target: string | null = null;
  #details: Record<string, unknown> = {};
  #before: Readonly<Record<string, unknown>> | null = null;
  #after: Readonly<Record<string, unknown>> | null = null;

  constructor(deps: Deps, endpoint: Endpoint, arrival: Arrival) {
    this.#deps = deps;
    this.#endpoint = endpoint;
    this.#arrival = arrival;
    this.#action = actionOf(endpoint);
    this.#at = new Date(deps.ports.now()).toISOString();
    this.#target = Object.values(arrival.params).join("/") || null;
    if (typeof arrival.agent === "string") this.#details.mcpClient = arrival.agent;
  }

  /** Whether it changes nothing: a browser that comes back from elsewhere does, with a GET, and its endpoint says so. */
  get #isRead(): boolean {
    return this.#endpoint.method === "GET" && this.#endpoint.audit === undefined;
  }

  /** Whether it is written down: who follows the project is told of it. */
  get isTold(): boolean {
    return this.#id !== null;
  }

  /** Who asks, or, at a sign-in, who it turned out to be. */
  knows({ kind, id, name, project }: Principal): void {
    const isAgent = (this.#arrival.agent ?? null) !== null;
    this.#actor = { kind: isAgent ? "agent" : actorKinds[kind], id, name };
    this.#project = project;
  }

  /** Writes down what is about to be done. Where that cannot be written, it throws, and nothing must be done. */
  async begin(body: unknown): Promise<void> {
    if (this.#action === null || this.#isRead) return;
    const told = this.#told("body", body);
    // What a person is called is not what names them.
    const named = told.username ?? told.name;
    if (typeof named === "string") this.#target ??= named;
    Object.assign(this.#details, told);
    this.#id = newPendingId(this.#deps.ports);
    await createAuditStore(this.#deps.ports.database).begin(this.#id, this.#entry("unknown", null));
  }

  /** Adds to what the entry tells. */
  note({ actor, project, target, before, after, details }: Noted): void {
    if (actor !== undefined) this.#actor = actor;
    if (project !== undefined) this.#project = project;
    if (target !== undefined) this.#target = target;
    if (before !== undefined) this.#before = before;
    if (after !== undefined) this.#after = after;
    Object.assign(this.#details, details);
  }

  /** It was done. The answer's body may say more. */
  async done(answer: unknown): Promise<void> {
    if (this.#id === null) return;
    Object.assign(this.#details, this.#told("answer", answer));
    await this.#end(this.#id, this.#entry("done", null));
  }

  /** It was not done, or not to its end. Nothing is thrown: the caller is told of the first problem. */
  async failed(error: unknown): Promise<void> {
    if (this.#action === null) return;
    const code = error instanceof ProblemError ? error.code : "internal";
    if (this.#isRead && !suspicious.has(code)) return;
    const outcome = outcomeOf(error);
    if (outcome === "failed" && this.#id === null) return;
    if (outcome === "failed") await this.#end(this.#id ?? "", this.#entry(outcome, code));
    else await this.#refused(outcome, code);
  }

  async #refused(outcome: AuditOutcome, code: string): Promise<void> {
    const { ports } = this.#deps;
    const store = createAuditStore(ports.database);
    const budget = budgetOf(ports);
    try {
      const missed = budget.take(ports.now());
      const isRoom =
        missed !== null &&
        (await store.refusals(this.#project, ports.now() - hourMs, refusalsAnHour)) < refusalsAnHour;
      if (missed !== null && !isRoom) budget.giveBack(missed);
      if (missed === null || !isRoom) {
        if (this.#id !== null) await store.leaveOut(this.#id);
        return;
      }
      if (missed > 0) this.#details.refusedMeanwhile = missed;
      await this.#end(this.#id ?? newPendingId(ports), this.#entry(outcome, code));
    } catch (error) {
      ports.log.error("a refusal is not in the audit", error, { requestId: this.#arrival.requestId });
    }
  }

  async #end(id: string, entry: NewEntry): Promise<void> {
    const { ports } = this.#deps;
    try {
      await addEntry(ports, id, entry);
    } catch (error) {
      // That it was about to happen is on disk: the upkeep gives it its place.
      ports.log.error("an entry of the audit waits for its place", error, { action: entry.action });
    }
  }

  #entry(outcome: AuditOutcome, code: string | null): NewEntry {
    const { kind, id, name } = this.#actor;
    const { requestId, address } = this.#arrival;
    return {
      project: this.#project,
      at: this.#at,
      actor: { kind, id: plainText(id), name: plainText(name) },
      action: this.#action ?? "",
      target: this.#target === null ? null : plainText(this.#target),
      outcome,
      code,
      address: address === null ? null : plainText(address),
      requestId: plainText(requestId),
      ...difference(this.#before, this.#after),
      details: shownFacts(this.#details),
    };
  }

  /** The fields of a body or an answer that the endpoint lets the audit tell. */
  #told(part: "body" | "answer", value: unknown): Record<string, unknown> {
    const { audit } = this.#endpoint;
    const names = audit === undefined || "exempt" in audit ? [] : (audit[part] ?? []);
    const told = names.map((name) => {
      const found = name.split(".").reduce<unknown>((at, key) => membersOf(at)[key], value);
      return [name, found === undefined ? undefined : shown(found)] as const;
    });
    return Object.fromEntries(told.filter(([, one]) => one !== undefined));
  }
}

/** Serves a request under the eyes of a witness. */
export async function witnessed<T>(
  deps: Deps,
  endpoint: Endpoint,
  arrival: Arrival,
  work: (audit: Witness) => Promise<T>,
): Promise<T> {
  const audit = new Witness(deps, endpoint, arrival);
  try {
    return await work(audit);
  } catch (error) {
    await audit.failed(error);
    throw error;
  }
}

function outcomeOf(error: unknown): AuditOutcome {
  if (!(error instanceof ProblemError) || error.status >= 500 || error.code === "build_failed")
    return "failed";
  return error.status === 401 || error.status === 403 ? "denied" : "refused";
}

function membersOf(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}
