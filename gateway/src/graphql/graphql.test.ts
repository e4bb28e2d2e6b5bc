import { contract } from "@pulse/schema/contract";
import { isProblemCode } from "@pulse/schema/problem";
import { graphql as wire } from "@pulse/schema/wire/graphql";
import { buildSchema, getIntrospectionQuery } from "graphql";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createKeyRing } from "../auth/keys.ts";
import { openSession } from "../auth/sessions.ts";
import { settle } from "../dispatch/world.suite.ts";
import { origin, TestGateway } from "../runners/gateway.suite.ts";
import { startsWork } from "./fields.ts";
import { leftOut, whyLeftOut } from "./left-out.ts";

let gateway: TestGateway;
beforeEach(async () => {
  gateway = await TestGateway.start({ hasGraphql: true });
});
afterEach(async () => {
  await settle();
  gateway.close();
  expect(gateway.parts.problems).toEqual([]);
});

let made = 0;
async function keyWith(scopes: string[], project = "default"): Promise<string> {
  const key = { name: `caller-${++made}`, scopes, expiresAt: null };
  return (await createKeyRing(gateway.parts.ports).create(project, key)).key;
}

const post = (body: unknown, headers: Record<string, string> = {}) =>
  gateway.send("/graphql", {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${gateway.key}`, ...headers },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
async function run(query: string, variables: Record<string, unknown> = {}, key = gateway.key) {
  const response = await post({ query, variables }, { authorization: `Bearer ${key}` });
  const answer = wire.answer?.parse(await response.json());
  if (answer === undefined) throw new Error("GraphQL declares no answer");
  for (const { extensions } of answer.errors ?? []) expect(isProblemCode(extensions.code)).toBe(true);
  return { data: answer.data ?? null, errors: answer.errors ?? [], whole: answer };
}
const get = async (path: string) => await (await gateway.call(path)).json();
const codesOf = ({ errors }: Awaited<ReturnType<typeof run>>) =>
  errors.map(({ extensions }) => extensions.code);

const steps = [{ name: "Ask", type: "prompt", message: "Go on?", options: ["Yes", "No"] }];
const putWorkflow = `mutation Put($name: String!, $body: JSON!) {
  putWorkflow(name: $name, body: $body) { name revision definition }
}`;

test("every endpoint of the contract is a field or is left out for a reason, never both", async () => {
  const schema = buildSchema(await (await gateway.call("/graphql/schema")).text());
  const query = Object.keys(schema.getQueryType()?.getFields() ?? {});
  const mutation = Object.keys(schema.getMutationType()?.getFields() ?? {});
  const given = [...contract].filter(([name]) => whyLeftOut(name) === null);
  const names = (wanted: (method: string) => boolean) =>
    given
      .filter(([, { method }]) => wanted(method))
      .map(([name]) => name.slice(name.indexOf(".") + 1))
      .sort();
  expect(query).toEqual(names((method) => method === "GET"));
  expect(mutation).toEqual(names((method) => method !== "GET"));
  for (const [name, { answer, statuses, body, rawBody, scope }] of given) {
    const hasJson = answer !== undefined || statuses.every((status) => status === 204);
    const takesJson = body !== undefined || rawBody === undefined || rawBody.includes("application/json");
    const isOfRunners = scope === "runner" || scope === "enrolment";
    expect([name, hasJson, takesJson, isOfRunners]).toEqual([name, true, true, false]);
  }
  for (const [pattern, why] of Object.entries(leftOut)) {
    const isOne = [...contract.keys()].some(
      (name) => name === pattern || `${name.split(".")[0]}.*` === pattern,
    );
    expect([pattern, isOne, why.length > 10]).toEqual([pattern, true, true]);
  }
  for (const name of startsWork) {
    const endpoint = contract.get(name);
    expect([name, endpoint?.scope, endpoint?.creates ?? false]).toEqual([name, "execute", false]);
  }
});

test("several things are read in one request, as far as they are asked for", async () => {
  await gateway.addFunction("hello");
  await gateway.addFunction("resize");
  const { whole } = await run(
    `query Look($one: String!) {
      me { kind project }
      first: getFunction(name: $one) { name latest }
      listFunctions(limit: 1) { items { name } nextCursor }
    }`,
    { one: "resize" },
  );
  expect(whole).toEqual({
    data: {
      me: { kind: "key", project: "default" },
      first: { name: "resize", latest: 1 },
      listFunctions: { items: [{ name: "hello" }], nextCursor: expect.any(String) },
    },
  });
});

test("what is changed is as over the API: checked, made once for a key, and in the audit once", async () => {
  const saved = await run(putWorkflow, { name: "ask", body: { steps } });
  expect(saved.whole).toEqual({
    data: { putWorkflow: { name: "ask", revision: 1, definition: { steps } } },
  });
  expect((await get("/v1/workflows/ask")).definition).toEqual({ steps });
  const start = `mutation { runWorkflow(name: "ask", body: {}, idempotencyKey: "nightly-1") { id } }`;
  const first = await run(start);
  expect(first.whole).toEqual({ data: { runWorkflow: { id: expect.any(String) } } });
  expect((await run(start)).whole).toEqual(first.whole);
  expect((await get("/v1/executions?kind=workflow")).items).toHaveLength(1);
  const { items } = await get("/v1/audit?action=workflow.run");
  expect(items.filter(({ outcome }: { outcome: string }) => outcome === "done")).toHaveLength(2);
  const removed = await run(`mutation { deleteWorkflow(name: "ask") }`);
  expect(removed.whole).toEqual({ data: { deleteWorkflow: true } });
  expect((await gateway.call("/v1/workflows/ask")).status).toBe(404);
});

test("mutations run one after the other, and a failed one leaves what the others did", async () => {
  const { data, errors } = await run(
    `mutation Two($good: JSON!, $bad: JSON!) {
      a: putWorkflow(name: "a", body: $bad) { name }
      b: putWorkflow(name: "b", body: $good) { name }
      c: patchWorkflow(name: "b", body: {enabled: false}) { name }
    }`,
    { good: { steps }, bad: { steps: [{ name: "Nap", type: "sleep" }] } },
  );
  expect(data).toMatchObject({ a: null, b: { name: "b" } });
  expect(errors[0]).toMatchObject({ path: ["a"], extensions: { code: "validation_failed", status: 422 } });
  expect((await get("/v1/workflows")).items.map(({ name }: { name: string }) => name)).toEqual(["b"]);
});

test("nobody may do more than over the API, and one field that is refused leaves the others", async () => {
  await gateway.addFunction("hello");
  const reader = await keyWith(["read"]);
  const { data, errors } = await run(
    `{ listFunctions { items { name } } listAudit { items { seq } } }`,
    {},
    reader,
  );
  expect(data).toEqual({ listFunctions: { items: [{ name: "hello" }] }, listAudit: null });
  expect(errors).toMatchObject([{ path: ["listAudit"], extensions: { code: "forbidden", status: 403 } }]);
  const denied = await run(putWorkflow, { name: "ask", body: { steps } }, reader);
  expect([denied.data, codesOf(denied)]).toEqual([{ putWorkflow: null }, ["forbidden"]]);
  expect((await get("/v1/workflows")).items).toEqual([]);
});

test("what is of another project is not there", async () => {
  await gateway.call("/v1/projects", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ name: "other" }),
  });
  await gateway.addFunction("hello");
  const other = await keyWith(["admin"], "other");
  const seen = await run(
    `{ me { project } listFunctions { items { name } } getFunction(name: "hello") { name } }`,
    {},
    other,
  );
  expect(seen.data).toEqual({
    me: { project: "other" },
    listFunctions: { items: [] },
    getFunction: null,
  });
  expect(codesOf(seen)).toEqual(["not_found"]);
  const response = await post(
    { query: "{ me { project } }" },
    { authorization: `Bearer ${other}`, "pulse-project": "default" },
  );
  expect(response.status).toBe(404);
});

test("who says nothing of themselves is told nothing, not even the schema", async () => {
  for (const query of ["{ version { version } }", "{ __schema { queryType { name } } }"]) {
    const response = await gateway.send("/graphql", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ query }),
    });
    expect([response.status, (await response.json()).code]).toEqual([401, "unauthenticated"]);
  }
  expect((await gateway.send("/graphql/schema")).status).toBe(401);
});

test("a browser's session asks from our own pages only", async () => {
  const key = await keyWith(["admin"]);
  const { cookie } = await openSession(gateway.parts.deps, key, {
    request: new Request(origin),
    address: null,
  });
  const ask = (headers: Record<string, string>) =>
    gateway.send("/graphql", {
      method: "POST",
      headers: { "content-type": "application/json", cookie: cookie.split(";", 1)[0] ?? "", ...headers },
      body: JSON.stringify({ query: putWorkflow, variables: { name: "ask", body: { steps } } }),
    });
  const elsewhere: Record<string, string>[] = [{}, { origin: "https://evil.example.test" }];
  for (const headers of elsewhere) {
    const response = await ask(headers);
    expect([response.status, (await response.json()).code]).toEqual([403, "bad_origin"]);
  }
  const own = await ask({ origin });
  expect([own.status, await own.json()]).toMatchObject([200, { data: { putWorkflow: { name: "ask" } } }]);
});

test("introspection as tools ask for it is answered, and as deep as is allowed", async () => {
  expect((await run(`{ __type(name: "Query") { ${deep(14)} } }`)).errors).toEqual([]);
  const { data, errors } = await run(getIntrospectionQuery());
  expect(errors).toEqual([]);
  expect(data).toMatchObject({ __schema: { queryType: { name: "Query" }, subscriptionType: null } });
});

const deep = (levels: number): string => (levels === 0 ? "name" : `ofType { ${deep(levels - 1)} }`);
const many = (count: number) => Array.from({ length: count }, (_, i) => `a${i}: me { name }`).join(" ");
/** Walked as it is written out, this is 2 to the power of 30 fields. */
const bomb = [
  ...Array.from(
    { length: 30 },
    (_, i) => `fragment F${i} on FunctionView { x${i}: name ...F${i + 1} y${i}: name ...F${i + 1} }`,
  ),
  "fragment F30 on FunctionView { name }",
].join(" ");
test.each([
  ["a syntax error", "{ me { name ", /Syntax Error/],
  ["an empty document", "# nothing", /Syntax Error/],
  ["a field that there is not", "{ me { nick } }", /Cannot query field "nick"/],
  ["a missing argument", "{ getFunction { name } }", /getFunction\(name:\).* required/],
  ["an argument of another type", "{ listFunctions(limit: true) { nextCursor } }", /Int cannot represent/],
  ["a subscription", "subscription { me { name } }", /subscription/i],
  ["many requests", `{ ${many(21)} }`, /20 fields at the top at most, got 21/],
  [
    "too much",
    "{ listExecutions(limit: 200) { items { ...E } } a: listExecutions(limit: 200) { items { ...E } } } fragment E on ExecutionView { id kind name version status reason attempt retriesUsed losses parentId runner createdAt startedAt endedAt runAt waitingFor a: id b: id c: id d: id e: id f: id g: id h: id i: id }",
    /10000 as its cost at most, got 10022/,
  ],
  ["fragments that multiply", `{ getFunction(name: "a") { ...F0 } } ${bomb}`, /as its cost at most/],
  ["a circle of fragments", "{ me { ...A } } fragment A on MeAnswer { ...A }", /itself/],
  [
    "a deep introspection",
    `{ __schema { types { fields { type { fields { type { fields { type { fields { name } } } } } } } } } }`,
    /introspection depth/i,
  ],
  ["a deep type", `{ __type(name: "Query") { ${deep(15)} } }`, /16 fields within each other at most, got 17/],
  [
    "a wide introspection",
    `{ __schema { types { ${"kind ".repeat(400)} } } }`,
    /400 fields of the schema at most/,
  ],
  ["many words", `{ me { ${"name ".repeat(3000)} } }`, /2000 tokens/],
  ["nothing to choose by", "query A { me { name } } query B { me { name } }", /operationName/],
] as const)("%s is refused before anything is asked", async (_, query, message) => {
  const { whole, errors } = await run(query);
  expect(whole).not.toHaveProperty("data");
  expect(errors[0]?.message).toMatch(message);
  expect(errors[0]?.extensions).toEqual({ code: "validation_failed" });
});

test("what a list costs follows its limit, given as a variable too", async () => {
  const query = `query Q($n: Int = 200) { ${Array.from({ length: 4 }, (_, i) => `r${i}: listExecutions(limit: $n) { items { id kind name version status reason attempt losses runner createdAt startedAt endedAt runAt } }`).join(" ")} }`;
  expect((await run(query)).errors[0]?.message).toMatch(/10000 as its cost at most, got 10444/);
  expect((await run(query, { n: 1 })).errors).toEqual([]);
});

test("a body that is no request is a problem, and asks nothing", async () => {
  const cases = [
    [[{ query: "{ me { name } }" }], 422, "validation_failed"],
    ["{", 400, "invalid_json"],
    [{}, 422, "validation_failed"],
    [{ query: "{ me { name } }", more: 1 }, 422, "validation_failed"],
    [{ query: `{ me { name } } #${"x".repeat(20_000)}` }, 422, "validation_failed"],
    [{ query: "{ me { name } }", variables: { x: "x".repeat(1_100_000) } }, 413, "payload_too_large"],
  ] as const;
  for (const [body, status, code] of cases) {
    const response = await post(body);
    expect([response.status, (await response.json()).code]).toEqual([status, code]);
  }
  const form = await post("query=%7Bme%7D", { "content-type": "application/x-www-form-urlencoded" });
  expect([form.status, (await form.json()).code]).toEqual([415, "unsupported_media_type"]);
  const byGet = await gateway.call("/graphql?query=%7Bme%7Bname%7D%7D");
  expect([byGet.status, byGet.headers.get("allow")]).toEqual([405, "POST"]);
});

test("an argument is never another path, and a secret is never told again", async () => {
  for (const name of ["..", ".", "", "../keys"]) {
    const { data, errors } = await run(`query Q($n: String!) { getExecution(id: $n) { id } }`, { n: name });
    expect(data).toEqual({ getExecution: null });
    expect(["validation_failed", "not_found", "bad_request"]).toContain(errors[0]?.extensions.code);
  }
  const put = `mutation P($v: String!) { putSecret(name: "TOKEN", body: {value: $v}) }`;
  const { whole } = await run(put, { v: "hunter2-hunter2" });
  expect(whole).toEqual({ data: { putSecret: true } });
  expect(JSON.stringify(await get("/v1/audit"))).not.toContain("hunter2");
});

test("each field counts as the request that it is", async () => {
  gateway.close();
  gateway = await TestGateway.start({ hasGraphql: true, limits: { perKey: 4, perAddress: null } });
  const three = await run("{ a: me { name } b: me { name } c: me { name } }");
  expect(three.errors).toEqual([]);
  const response = await post({ query: "{ me { name } }" });
  expect([response.status, (await response.json()).code]).toEqual([429, "rate_limited"]);
});

test("a client that asks for GraphQL's own type is told by the status too", async () => {
  const accept = "application/graphql-response+json";
  const wrong = await post({ query: "{" }, { accept });
  expect([wrong.status, wrong.headers.get("content-type")]).toEqual([400, `${accept}; charset=utf-8`]);
  const right = await post({ query: "{ me { name } }" }, { accept });
  expect([right.status, (await right.json()).data]).toEqual([200, { me: { name: "admin" } }]);
  expect((await post({ query: "{" })).status).toBe(200);
});

test("the page to try it loads nothing from elsewhere, and is allowed nothing else", async () => {
  const page = await gateway.send("/docs/graphql");
  const policy = page.headers.get("content-security-policy") ?? "";
  expect(policy).toMatch(/^default-src 'none'; script-src 'self'; connect-src 'self'/);
  const html = await page.text();
  expect(html.match(/(?:src|href)="[^"]*"/g)).toEqual(['href="/docs"', 'src="/docs/graphql.js"']);
  expect(html).not.toMatch(/ on[a-z]+=|https?:/);
  const script = await gateway.send("/docs/graphql.js");
  expect(script.headers.get("content-type")).toBe("text/javascript; charset=utf-8");
  const text = await script.text();
  expect(() => new Function(text)).not.toThrow();
  for (const [, id] of text.matchAll(/of\("([a-z]+)"\)/g)) expect(html).toContain(`id="${id}"`);
});

test("what the page asks at first is answered", async () => {
  const html = await (await gateway.send("/docs/graphql")).text();
  const query = /<textarea id="query"[^>]*>([^<]*)</.exec(html)?.[1] ?? "";
  const variables = /<textarea id="variables"[^>]*>([^<]*)</.exec(html)?.[1] ?? "";
  const { data, errors } = await run(query, JSON.parse(variables));
  expect([errors, data]).toEqual([
    [],
    { me: expect.anything(), listExecutions: { items: [], nextCursor: null } },
  ]);
});

test("nothing of it is served unless it is switched on", async () => {
  const plain = await TestGateway.start();
  for (const path of ["/graphql", "/graphql/schema", "/docs/graphql", "/docs/graphql.js"]) {
    const method = path === "/graphql" ? "POST" : "GET";
    const answer = await plain.call(path, { method });
    expect([path, answer.status, (await answer.json()).code]).toEqual([path, 404, "not_found"]);
  }
  plain.close();
});
