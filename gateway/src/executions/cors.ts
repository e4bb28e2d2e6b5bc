import type { EndpointSettings } from "@pulse/schema/wire/manifest";

const exposed =
  "pulse-execution-id, pulse-version, pulse-attempt, pulse-error-source, server-timing, location, retry-after, ratelimit, ratelimit-policy, preference-applied, idempotent-replayed";
const allowedByDefault = "authorization, content-type, idempotency-key, prefer, pulse-timeout";
const allMethods = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS";

type Headers = [string, string][];

/** The CORS headers of an answer: none unless the endpoint opens itself to this origin. */
export function corsHeaders(endpoint: EndpointSettings, origin: string | null): Headers {
  const { cors } = endpoint;
  if (cors === undefined) return [];
  const everyone = cors.origins.includes("*");
  if (everyone && !cors.credentials) {
    return [
      ["access-control-allow-origin", "*"],
      ["access-control-expose-headers", exposed],
    ];
  }
  const vary: [string, string] = ["vary", "Origin"];
  // Credentials are only ever opened to origins that are named: "*" with credentials would open them to every page.
  if (origin === null || !cors.origins.includes(origin)) return [vary];
  return [
    ["access-control-allow-origin", origin],
    ["access-control-expose-headers", exposed],
    ...(cors.credentials ? [["access-control-allow-credentials", "true"] as [string, string]] : []),
    vary,
  ];
}

/** The headers of the answer to a preflight request, or null when this is none or the endpoint has no CORS. */
export function preflightHeaders(
  endpoint: EndpointSettings,
  request: { method: string; origin: string | null; asksMethod: string | null },
): Headers | null {
  const { cors } = endpoint;
  if (cors === undefined || request.method !== "OPTIONS") return null;
  if (request.origin === null || request.asksMethod === null) return null;
  const open = corsHeaders(endpoint, request.origin);
  if (!open.some(([name]) => name === "access-control-allow-origin")) return open;
  return [
    ...open.filter(([name]) => name !== "access-control-expose-headers"),
    ["access-control-allow-methods", endpoint.methods?.join(", ") ?? allMethods],
    ["access-control-allow-headers", [allowedByDefault, ...cors.headers].join(", ")],
    ["access-control-max-age", String(Math.floor(cors.maxAge / 1000))],
  ];
}
