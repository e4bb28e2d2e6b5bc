import { ProblemError } from "@pulse/schema/problem";
import type { PulseApp } from "./context.ts";

/** The methods that an app's routes take at a path; GET brings HEAD with it. Empty where nothing is. */
export function methodsAt(app: Pick<PulseApp, "routes">, path: string): string[] {
  const methods = new Set<string>();
  for (const route of app.routes) {
    if (route.method === "ALL" || !patternOf(route.path).test(path)) continue;
    methods.add(route.method);
    if (route.method === "GET") methods.add("HEAD");
  }
  return [...methods];
}

/** The problem of a request that no route takes: `method_not_allowed` where the path exists, else `not_found`. */
export function nothingHere(methods: readonly string[], method: string, path: string): ProblemError {
  return methods.length === 0
    ? new ProblemError("not_found", `nothing is at ${method} ${path}`)
    : new ProblemError("method_not_allowed", `${path} takes ${methods.join(", ")}, not ${method}`);
}

function patternOf(path: string): RegExp {
  const literal = path.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  return new RegExp(`^${literal.replace(/:[a-zA-Z0-9]+/g, "[^/]+")}$`);
}
