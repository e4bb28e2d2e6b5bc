import { contract } from "@pulse/schema/contract";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createApp } from "../app.ts";
import { settle } from "../dispatch/world.suite.ts";
import { type CredentialKind, credentialKinds, decisionOf, pathShapes } from "./authorisation.ts";
import { Caller } from "./caller.suite.ts";
import { compatNeeds, graphqlNeeds, type Need, routeNeeds } from "./route-needs.ts";

/** Problems that keep a caller out, wherever they come from. */
const closed = ["unauthenticated", "invalid_credential", "expired_credential", "forbidden", "bad_origin"];
const filled: Record<string, string> = { sha256: "0".repeat(64), version: "1", alias: "old" };
const methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND"];

let caller: Caller;
beforeAll(async () => {
  caller = await Caller.make();
});
afterAll(async () => {
  await settle();
  caller.close();
  expect(caller.problems).toEqual([]);
});

/** The gateway here serves all that one may serve. */
const allNeeds = { ...routeNeeds, ...compatNeeds, ...graphqlNeeds };
const routes = Object.entries(allNeeds).map(([route, need]) => {
  const [method = "", pattern = ""] = route.split(" ");
  const path = pattern.replace(/:([a-zA-Z0-9]+)/g, (_, name: string) => filled[name] ?? "walk");
  return { route, need, method, path: path.replace("*", "below") };
});
const declared = routes.filter(({ method }) => method !== "ANY");

/** What the gateway made of a request: let in, or the code of the problem that kept it out. */
async function seen(kind: CredentialKind, method: string, path: string): Promise<string> {
  const response = await caller.send(kind, method, path);
  const text = await response.text();
  const problem = response.headers.get("content-type") === "application/problem+json";
  if (!problem) return method === "HEAD" ? `${response.status}` : "allow";
  const { code, detail } = text === "" ? { code: String(response.status), detail: "" } : JSON.parse(text);
  if (detail.startsWith("nothing is at")) return "nothing";
  if (/^the (path has|request target)/.test(detail)) return "malformed";
  if (detail.startsWith("there is no function") && path.startsWith("/f/")) return "not_found";
  if (/^there is no project .* here for you$/.test(detail)) return "not_found";
  return closed.includes(code) ? code : "allow";
}

test("every route that the gateway serves has a row, and every row is a route", () => {
  const { deps } = caller.gateway.parts;
  const servedBy = (config: { isCompatible?: boolean; hasGraphql?: boolean }) => {
    const off = { isCompatible: false, hasGraphql: false };
    const served = new Set<string>();
    for (const { method, path } of createApp({ ...deps, config: { ...deps.config, ...off, ...config } })
      .routes) {
      // Middleware stands there as "ALL" on a pattern; the calls do too, and are rows of their own.
      if (method !== "ALL") served.add(`${method} ${path}`);
      else if (path === "/f/*") served.add("ANY /f/:name").add("ANY /f/:name/*");
    }
    return [...served].sort();
  };
  const rowsOf = (...needs: object[]) => needs.flatMap((one) => Object.keys(one)).sort();
  expect(servedBy({})).toEqual(rowsOf(routeNeeds));
  expect(servedBy({ isCompatible: true })).toEqual(rowsOf(routeNeeds, compatNeeds));
  expect(servedBy({ hasGraphql: true })).toEqual(rowsOf(routeNeeds, graphqlNeeds));
});

test("the contract asks for what the table says", () => {
  for (const endpoint of contract.values()) {
    const route = `${endpoint.method} ${endpoint.path}`;
    const need = routeNeeds[route];
    const scope = need === "sign-in" ? "public" : need === "own keys" ? "session" : need;
    expect([route, endpoint.scope]).toEqual([route, scope]);
  }
});

/** What each kind of credential is told, and what the table says it is told. */
async function told(method: string, path: string, need: Need) {
  const answers: Record<string, string> = {};
  const wanted: Record<string, string> = {};
  for (const kind of credentialKinds) {
    answers[kind] = await seen(kind, method, path);
    wanted[kind] = decisionOf(kind, need, method);
  }
  return { answers, wanted };
}

test.each(declared)("$route lets in whom the table says", async ({ need, method, path }) => {
  const { answers, wanted } = await told(method, path, need);
  expect(answers).toEqual(wanted);
});

test.each(declared)("$route, written in another way, opens nothing", async ({ need, method, path }) => {
  for (const [name, { write, answers }] of Object.entries(pathShapes)) {
    for (const kind of [
      "nothing",
      "a key: admin",
      "a session, from another origin",
      "a runner's token",
    ] as const) {
      const wanted = answers === "same" ? decisionOf(kind, need, method) : answers;
      expect([name, kind, await seen(kind, method, write(path))]).toEqual([name, kind, wanted]);
    }
  }
});

test.each([
  ["/f/private", "function"],
  ["/f/private/below", "function"],
  ["/f/open", "public function"],
  ["/f/open/below", "public function"],
] as const)("%s is called by whom the table says", async (path, need) => {
  for (const method of ["GET", "POST", "DELETE"]) {
    const { answers, wanted } = await told(method, path, need);
    expect({ method, ...answers }).toEqual({ method, ...wanted });
  }
});

test("a method that a path does not take is refused, whoever asks", { timeout: 120_000 }, async () => {
  const paths = new Map<string, Set<string>>();
  for (const { method, path } of declared) {
    const taken = paths.get(path) ?? new Set();
    paths.set(path, taken.add(method));
    if (method === "GET") taken.add("HEAD");
  }
  // A path may fit another row's parameter too: /v1/executions/bulk is one of /v1/executions/:id.
  for (const [path, taken] of paths) {
    for (const { method, route } of declared) {
      const pattern = route.replace(/^\S+ /, "").replace(/:[a-z0-9]+/gi, "[^/]+");
      if (!new RegExp(`^${pattern}$`).test(path)) continue;
      taken.add(method);
      if (method === "GET") taken.add("HEAD");
    }
  }
  for (const [path, taken] of paths) {
    for (const method of methods.filter((one) => !taken.has(one))) {
      for (const kind of ["nothing", "a key: admin", "a runner's token"] as const) {
        const response = await caller.send(kind, method, path);
        expect([method, path, response.status]).toEqual([method, path, 405]);
        expect(response.headers.get("allow")?.split(", ").sort()).toEqual([...taken].sort());
      }
    }
  }
});

test("HEAD asks for what GET asks for", { timeout: 120_000 }, async () => {
  for (const { path, need } of declared.filter(({ method }) => method === "GET")) {
    for (const kind of credentialKinds) {
      const { status } = await caller.send(kind, "HEAD", path);
      const decision = decisionOf(kind, need, "HEAD");
      const isClosed = decision === "not_found" ? status === 404 : status === 401 || status === 403;
      expect([path, kind, isClosed]).toEqual([path, kind, decision !== "allow"]);
    }
  }
});
