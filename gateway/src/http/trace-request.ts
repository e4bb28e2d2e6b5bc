import { readTraceparent, type TraceContext, traceparentOf } from "@pulse/schema/trace-context";
import type { Context, Next } from "hono";
import { matchedRoutes } from "hono/route";
import type { Ports } from "../ports.ts";
import type { PulseEnv } from "./context.ts";

/** What runners and monitors ask all the time, and what tells of nothing that is done. */
const quiet = /^\/(runner|livez|readyz|metrics|v1\/health|v1\/events)(\/|$)/;

/** Tells of a request as a span, where anybody wants to know, and has what it starts be a part of that. */
export async function traceRequest(
  ports: Pick<Ports, "tracing" | "now" | "random">,
  c: Context<PulseEnv>,
  next: Next,
): Promise<void> {
  const { tracing } = ports;
  if (tracing === undefined || !isTold(c.req.raw, c.req.path)) return await next();
  const begun = tracing.begin(readTraceparent(c.req.raw.headers.get("traceparent")));
  const { traceId, isSampled } = begun;
  const spanId = begun.isRoot ? begun.spanId : ports.random(8).toHex();
  const context: TraceContext = { traceId, spanId, isSampled };
  c.set("trace", context);
  const startMs = ports.now();
  await next();
  if (!c.res.headers.has("traceparent")) c.res.headers.set("traceparent", traceparentOf(context));
  if (!isSampled) return;
  const { method } = c.req.raw;
  const { status } = c.res;
  // The name that a caller wrote is no route: there would be as many names of spans as of functions.
  const route = c.req.path.startsWith("/f/") ? "/f/:name" : (matchedRoutes(c).at(-1)?.path ?? "*");
  const execution = c.res.headers.get("pulse-execution-id");
  tracing.add({
    ...{
      traceId,
      spanId,
      parentId: begun.isRoot ? null : begun.spanId,
      name: `${method} ${route}`,
      kind: "server",
    },
    ...{ startMs, endMs: ports.now(), error: status >= 500 ? String(status) : null },
    attributes: {
      "http.request.method": method,
      "http.route": route,
      "http.response.status_code": status,
      "error.type": status >= 500 ? String(status) : null,
      "faas.invocation_id": execution,
    },
  });
}

/** What changes something or calls a function is told of; what only reads is where its caller traces it. */
function isTold(request: Request, path: string): boolean {
  if (quiet.test(path)) return false;
  if (path.startsWith("/f/") || request.headers.has("traceparent")) return true;
  return !["GET", "HEAD", "OPTIONS"].includes(request.method);
}

/** What a request starts is a part of: the request itself where it is told of, else what it says itself; null: nothing. */
export function traceOf(c: Context<PulseEnv>): string | null {
  const own = c.get("trace");
  const context = own ?? readTraceparent(c.req.raw.headers.get("traceparent"));
  return context === null ? null : traceparentOf(context);
}
