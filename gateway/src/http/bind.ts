import type { Endpoint, Output, Scope } from "@pulse/schema/endpoint";
import { type FieldProblem, ProblemError } from "@pulse/schema/problem";
import type { Context } from "hono";
import type * as z from "zod";
import { type Witness, witnessed } from "../audit/witness.ts";
import { authenticate } from "../auth/guard.ts";
import type { Holder } from "../hub.ts";
import { callLimitsOf } from "../limits/call-limits.ts";
import { agentOf } from "./by-agent.ts";
import { byName } from "./by-name.ts";
import { addressOf } from "./caller.ts";
import type { Deps, Principal, PulseApp, PulseEnv } from "./context.ts";
import { createOnce } from "./create-once.ts";
import { readIdempotencyKey } from "./idempotency-key.ts";
import { isOwnRequest } from "./own-request.ts";
import { readJson } from "./read-body.ts";
import { requireMay } from "./require-may.ts";
import { traceOf } from "./trace-request.ts";

const jsonMostBytes = 10 * 2 ** 20;

/** What a handler tells the audit. */
export type Audit = Pick<Witness, "note" | "knows">;

/** What a handler is given: everything parsed and checked. */
export interface Call<P, Q, B> {
  params: P;
  query: Q;
  body: B;
  principal: Principal;
  requestId: string;
  request: Request;
  signal: AbortSignal;
  header(name: string): string | null;
  /** The `traceparent` of what the request starts; null: it is a part of nothing. */
  traceparent: string | null;
  /** Who calls, as an address in one form for each; null: the platform does not say. */
  address: string | null;
  /** What the audit is told of this, beyond what the declaration lets it tell. */
  audit: Audit;
  /** Looks again at the caller's credential, for answers that go on for long, and says who that is now. Throws as the first look did. */
  recheck(): Promise<Principal>;
  /** Runner protocol: the runner and its `Pulse-Epoch`. Throws `bad_request` without the header. */
  readonly holder: Holder;
  /** Runner protocol: `Pulse-Fence`. Throws `bad_request` without the header. */
  readonly fence: number;
}

/** A JSON answer; 200 unless said. */
export interface Reply {
  status?: number;
  headers?: Record<string, string>;
  body?: unknown;
}

/** Serves an endpoint of the contract: authenticates, authorises, parses, and turns the handler's reply into a response. */
export function bind<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType, A extends z.ZodType>(
  app: PulseApp,
  deps: Deps,
  endpoint: Endpoint<P, Q, B, A>,
  handler: (call: Call<Output<P>, Output<Q>, Output<B>>) => Promise<Response | Reply>,
): void {
  const serve = async (c: Context<PulseEnv>, address: string | null, audit: Witness): Promise<Response> => {
    const request = c.req.raw;
    const limits = callLimitsOf(deps);
    const knows = (who: Principal) => audit.knows(who);
    const principal = await admitted(deps, request, endpoint.scope, knows).catch((error: unknown) =>
      limits.refused(address, error),
    );
    c.set("principal", principal);
    // What runners say is paced by the gateway, and a result is never refused; what an agent or the gateway itself asks for was counted when it was asked.
    if (endpoint.scope !== "runner" && agentOf(request) === null && !isOwnRequest(request)) {
      await limits.admit({ project: principal.project, principal, address }, []);
    }
    const raw = endpoint.rawBody !== undefined && !isJson(request);
    const call: Call<Output<P>, Output<Q>, Output<B>> = {
      params: parsed(endpoint.params, c.req.param(), "/params"),
      query: parsed(endpoint.query, endpoint.query === undefined ? {} : queryOf(request.url), "/query"),
      body: raw ? (undefined as never) : await bodyOf(endpoint, request),
      principal,
      requestId: c.get("requestId"),
      request,
      signal: request.signal,
      traceparent: traceOf(c),
      header: (name) => request.headers.get(name),
      address,
      audit,
      async recheck() {
        return await admitted(deps, request, endpoint.scope);
      },
      get holder() {
        return { runner: principal.id, epoch: wholeNumber(request, "pulse-epoch") };
      },
      get fence() {
        return wholeNumber(request, "pulse-fence");
      },
    };
    await audit.begin(call.body);
    const reply = await answered(deps, endpoint, call, handler);
    await audit.done(reply instanceof Response ? null : reply.body);
    if (endpoint.scope === "deploy" || endpoint.scope === "admin") {
      // Whoever follows the project hears of what was changed over the control API; they look by themselves, only later, if this is lost.
      if (request.method !== "GET") deps.ports.background(deps.hub.changed({ project: principal.project }));
      if (request.method !== "GET" && endpoint.tag === "functions")
        deps.ports.background(deps.hub.warmChanged({ project: principal.project }));
    } else if (audit.isTold) {
      deps.ports.background(deps.hub.changed({ project: principal.project, quiet: true }));
    }
    if (reply instanceof Response) return reply;
    const { status = 200, headers = {}, body } = reply;
    if (body === undefined) return new Response(null, { status: status === 200 ? 204 : status, headers });
    return new Response(JSON.stringify(body), {
      status,
      headers: { "content-type": "application/json", ...headers },
    });
  };
  app.on(endpoint.method, endpoint.path, (c) => {
    const address = addressOf(deps.config.addresses, c.req.raw, c.env);
    const agent = agentOf(c.req.raw);
    const arrival = { requestId: c.get("requestId"), address, params: c.req.param(), agent };
    return witnessed(deps, endpoint, arrival, (audit) => serve(c, address, audit));
  });
}

/** What the handler answers; for what makes something, once for an `Idempotency-Key`. */
async function answered<P, Q, B>(
  { ports }: Deps,
  { creates = false, method, path }: Endpoint,
  call: Call<P, Q, B>,
  handler: (call: Call<P, Q, B>) => Promise<Response | Reply>,
): Promise<Response | Reply> {
  const key = creates ? readIdempotencyKey(call.header("idempotency-key")) : null;
  if (key === null) return await handler(call);
  const { params, query, body, principal, audit } = call;
  const scope = `${method} ${path} ${principal.kind} ${principal.id}`;
  const request = {
    project: principal.project,
    scope,
    key,
    asked: { params: params ?? null, query, body: body ?? null },
  };
  const answer = await createOnce(ports, request, async () => {
    const reply = await handler(call);
    if (reply instanceof Response) throw new Error(`${path} makes something, and must answer JSON`);
    return { status: 200, headers: {}, ...reply };
  });
  if (answer.headers["idempotent-replayed"] !== undefined) audit.note({ details: { replayed: true } });
  return answer;
}

async function admitted(
  deps: Deps,
  request: Request,
  scope: Scope,
  knows: (principal: Principal) => void = () => {},
): Promise<Principal> {
  const principal = await authenticate(deps, request, scope);
  // Who may not is known all the same.
  knows(principal);
  requireMay(principal, scope, { project: principal.project });
  return principal;
}

function isJson(request: Request): boolean {
  return /^application\/([a-z.+-]*\+)?json\b/i.test(request.headers.get("content-type") ?? "");
}

async function bodyOf<B extends z.ZodType>(endpoint: Endpoint, request: Request): Promise<Output<B>> {
  if (endpoint.body === undefined) return undefined as never;
  const type = request.headers.get("content-type");
  if (type !== null && !isJson(request) && !type.startsWith("text/plain")) {
    throw new ProblemError("unsupported_media_type", `the body must be application/json, got ${type}`);
  }
  const value = await readJson(request, endpoint.bodyMostBytes ?? jsonMostBytes);
  return parsed(endpoint.body, value ?? {}, "") as Output<B>;
}

function parsed<T extends z.ZodType>(schema: T | undefined, value: unknown, at: string): Output<T> {
  if (schema === undefined) return undefined as never;
  const result = schema.safeParse(value);
  if (result.success) return result.data as Output<T>;
  throw invalid(result.error, at);
}

/** A `validation_failed` problem that names every invalid place. */
export function invalid(error: z.ZodError, at: string): ProblemError {
  const errors: FieldProblem[] = error.issues.slice(0, 50).map((issue) => ({
    pointer:
      at + issue.path.map((key) => `/${String(key).replaceAll("~", "~0").replaceAll("/", "~1")}`).join(""),
    detail: issue.message,
  }));
  const [first] = errors;
  const detail =
    first === undefined ? "the request is not valid" : `${first.pointer || "the body"}: ${first.detail}`;
  return new ProblemError("validation_failed", detail, { errors });
}

function queryOf(url: string): Record<string, string | string[]> {
  const { searchParams } = new URL(url);
  for (const [name, value] of searchParams) {
    // A database may take it for the end of the text.
    if (value.includes("\0")) throw new ProblemError("bad_request", `the query's ${name} has a NUL`);
  }
  return byName(searchParams);
}

function wholeNumber(request: Request, name: string): number {
  const text = request.headers.get(name) ?? "";
  if (!/^\d{1,15}$/.test(text)) {
    throw new ProblemError(
      "bad_request",
      `the header ${name} must be a whole number, got ${JSON.stringify(text)}`,
    );
  }
  return Number(text);
}
