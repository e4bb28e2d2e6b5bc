import { ProblemError } from "@pulse/schema/problem";
import type { HeaderList } from "@pulse/schema/wire/job";
import type { Context } from "hono";
import { authorizeInvoke } from "../auth/invoke-guard.ts";
import type { createResolver } from "../functions/resolve.ts";
import { agentOf } from "../http/by-agent.ts";
import { addressOf } from "../http/caller.ts";
import type { Deps, PulseApp, PulseEnv } from "../http/context.ts";
import { asProblem, traceIdOf } from "../http/problems.ts";
import { headerPairs, rawRequestOf } from "../http/raw-request.ts";
import { traceOf } from "../http/trace-request.ts";
import { type CallLimits, callLimitsOf } from "../limits/call-limits.ts";
import { readAddress, targetOf } from "./address.ts";
import { answerCall, callProblem } from "./answer.ts";
import { resolveReady } from "./await-version.ts";
import { asyncMost, readBody, storedMost } from "./body.ts";
import { type CallOptions, readCallOptions } from "./call-options.ts";
import { readCallback } from "./callbacks/allowed.ts";
import { capHeaders } from "./cap-headers.ts";
import { corsHeaders, preflightHeaders } from "./cors.ts";
import { headersToFunction } from "./forwarded-headers.ts";
import { invoke, type Target } from "./invoke.ts";

type CallContext = Context<PulseEnv>;

/** `ANY /f/:name[@ref][/*]`: calls a function. */
export function mountCalls(app: PulseApp, deps: Deps, resolver: ReturnType<typeof createResolver>): void {
  const limits = callLimitsOf(deps);
  app.all("/f/*", async (c) => {
    // Headers that a problem of this call carries too, known better the further it came.
    const extra: HeaderList = [];
    try {
      return await call(deps, resolver, limits, c, extra);
    } catch (error) {
      const requestId = c.get("requestId");
      const problem = asProblem(error, deps.ports.log, requestId, traceIdOf(c));
      return callProblem(problem, requestId, [["pulse-error-source", "platform"], ...extra]);
    }
  });
}

async function call(
  deps: Deps,
  resolver: ReturnType<typeof createResolver>,
  limits: CallLimits,
  c: CallContext,
  extra: HeaderList,
): Promise<Response> {
  const request = c.req.raw;
  const { method } = request;
  const raw = rawRequestOf(c.env);
  const target = targetOf(request.url, raw?.target);
  const address = readAddress(target);
  if (address === null) throw new ProblemError("not_found", "no function has this name");
  const header = (name: string) => request.headers.get(name);
  const authorise = (of: Pick<Target, "name"> & Pick<Target["live"], "endpoint" | "permissions">) => {
    const { name, permissions, endpoint } = of;
    return authorizeInvoke(deps, request, { project: address.project, name, permissions }, endpoint);
  };
  const peer = addressOf(deps.config.addresses, request, c.env);
  const refused = (error: unknown) => limits.refused(peer, error);
  const resolving = resolveReady(deps, resolver, address, authorise, request.signal);
  const found: Target = await resolving.catch(refused);
  const { endpoint, permissions } = found.live;

  const origin = header("origin");
  extra.push(...corsHeaders(endpoint, origin));
  if (method === "OPTIONS") {
    const asksMethod = header("access-control-request-method");
    const preflight = preflightHeaders(endpoint, { method, origin, asksMethod });
    if (preflight !== null) return new Response(null, { status: 204, headers: preflight });
  }

  const principal = await authorise({ name: found.name, endpoint, permissions }).catch(refused);
  checkMethod(method, endpoint.methods, extra);
  const agent = agentOf(request);
  await limits.admit(
    {
      project: address.project,
      principal,
      address: peer,
      // What an agent asks for was counted when it asked.
      isPart: agent !== null,
      endpoint: { functionId: found.functionId, perMinute: endpoint.rateLimit },
    },
    extra,
  );
  const traceparent = traceOf(c);
  const options = { ...readCallOptions(header, endpoint.mode), traceparent };
  const called = header("pulse-callback");
  const callback =
    called === null
      ? null
      : readCallback(called, deps.config.callbackHosts ?? [], deps.ports.outbound.policy);
  const body = await readBody(request, bodyLimits(options, endpoint.maxBody ?? null), deps.ports);
  const requestId = c.get("requestId");
  const seen = { requestId, dropAuthorization: principal.kind === "key" };
  const invoked = invoke(
    deps,
    {
      project: address.project,
      target: found,
      credential: principal.id,
      quotas: principal.quotas ?? null,
      trigger: { type: "http", ...(agent === null ? {} : { agent }) },
      request: {
        method,
        url: originOf(request.url) + target,
        path: address.path,
        headers: headersToFunction(raw === null ? [...request.headers] : headerPairs(raw), seen),
      },
      body,
      options,
      parentId: null,
      callback,
      cancelWhenGone: endpoint.cancelOnDisconnect ?? false,
    },
    request.signal,
  );
  const answered = await invoked.catch((error: unknown) => {
    extra.push(...capHeaders(error, found.live.maxConcurrency));
    throw error;
  });
  return await answerCall(deps, answered, {
    method,
    version: found.version.number,
    requestId,
    showsErrors: principal.kind !== "anonymous",
    applied: options.applied,
    waits: options.reply === "wait",
    project: address.project,
    signal: request.signal,
    extra,
  });
}

function checkMethod(method: string, methods: readonly string[] | undefined, extra: HeaderList): void {
  if (methods === undefined || methods.includes(method)) return;
  if (method === "HEAD" && methods.includes("GET")) return;
  extra.push(["allow", methods.join(", ")]);
  throw new ProblemError("method_not_allowed", `this function takes ${methods.join(", ")}, not ${method}`);
}

/** Only a caller who stays until the end can be read from while the function runs. */
function bodyLimits(options: CallOptions, most: number | null) {
  const mayPipe = options.reply === "wait" && options.idempotencyKey === null;
  return { most, mayPipe, wholeMost: options.reply === "accept" ? asyncMost : storedMost };
}

function originOf(url: string): string {
  const end = url.indexOf("/", url.indexOf("://") + 3);
  return end < 0 ? url : url.slice(0, end);
}
