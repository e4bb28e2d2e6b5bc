import type { Endpoint } from "@pulse/schema/endpoint";
import { jsonBodyOf, shapeOf } from "./api-tools.ts";
import { badArgument } from "./bad-argument.ts";

/** A request to the gateway itself, before it has headers. */
export interface OwnRequest {
  method: string;
  /** Path and query. */
  target: string;
  body: unknown;
}

/** What the arguments of a tool ask its endpoint for; throws `validation_failed` for what the tool does not take. */
export function apiRequest(endpoint: Endpoint, given: Readonly<Record<string, unknown>>): OwnRequest {
  const { method, path, params, query } = endpoint;
  const takesBody = jsonBodyOf(endpoint) !== undefined;
  const inPath = Object.keys(shapeOf(params));
  const inQuery = Object.keys(shapeOf(query));
  const takes = [...inPath, ...inQuery, ...(takesBody ? ["body"] : [])];
  const unknown = Object.keys(given).find((name) => !takes.includes(name));
  if (unknown !== undefined) throw badArgument(unknown, `is none of: ${takes.join(", ") || "nothing"}`);
  const written = path.replace(/:([a-zA-Z0-9]+)/g, (_, name: string) => segment(name, given[name]));
  const search = new URLSearchParams();
  for (const name of inQuery) {
    for (const one of [given[name]].flat()) if (one !== undefined) search.append(name, plain(name, one));
  }
  const target = search.size === 0 ? written : `${written}?${search}`;
  return { method, target, body: takesBody ? (given.body ?? {}) : undefined };
}

/** One segment of a path: nothing that could be read as another path. */
function segment(name: string, value: unknown): string {
  const text = plain(name, value);
  if (text === "" || text === "." || text === ".." || text.length > 500)
    throw badArgument(name, `cannot be ${JSON.stringify(text.slice(0, 100))}`);
  try {
    return encodeURIComponent(text);
  } catch {
    throw badArgument(name, "has half of a surrogate pair");
  }
}

function plain(name: string, value: unknown): string {
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean")
    return String(value);
  throw badArgument(
    name,
    `must be a text, a number or true or false, got ${value === undefined ? "nothing" : typeof value}`,
  );
}
