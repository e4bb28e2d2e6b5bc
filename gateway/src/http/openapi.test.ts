import { isProblemCode } from "@pulse/schema/problem";
import { Validator } from "@seriousme/openapi-schema-validator";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createApp } from "../app.ts";
import { makeParts, type Parts } from "../runners/parts.suite.ts";

interface Operation {
  operationId: string;
  security: Record<string, unknown>[];
  parameters?: { name: string; in: string }[];
  responses: Record<string, { description: string; content?: Record<string, unknown> }>;
}

let parts: Parts;
let app: ReturnType<typeof createApp>;
let text: string;
let document: { paths: Record<string, Record<string, Operation>>; components: { schemas: object } };
beforeAll(async () => {
  parts = await makeParts();
  app = createApp(parts.deps);
  text = await (await app.request("/openapi.json")).text();
  document = JSON.parse(text);
});
afterAll(() => parts.close());

const operations = () =>
  Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({ path, method, operation })),
  );

test("the document is valid OpenAPI 3.1", async () => {
  const validator = new Validator();
  const result = await validator.validate(JSON.parse(text));
  expect(result.errors ?? []).toEqual([]);
  expect(result.valid).toBe(true);
  expect(validator.version).toBe("3.1");
});

test("every reference in it leads somewhere", () => {
  const references = new Set([...text.matchAll(/"\$ref":"([^"]*)"/g)].map((match) => match[1] ?? ""));
  expect(references.size).toBeGreaterThan(1);
  for (const reference of references) {
    const name = /^#\/components\/schemas\/(\w+)$/.exec(reference)?.[1] ?? "";
    expect(Object.keys(document.components.schemas)).toContain(name);
  }
  expect(text).not.toContain("$defs");
});

test("what an endpoint refuses for reasons of its own is in it", () => {
  const named = (path: string, method: string) =>
    Object.values(document.paths[path]?.[method]?.responses ?? {})
      .map(({ description }) => description)
      .join("; ");
  expect(named("/v1/kv/{space}/entry", "put")).toMatch(/`precondition_failed`.*`quota_exceeded`/s);
  expect(named("/v1/users/{name}/erase", "post")).toContain("`last_admin`");
  expect(named("/v1/backups", "post")).toContain("`conflict`");
});

test("every route that the gateway serves is in it, and nothing else", () => {
  const served = new Set<string>();
  for (const { method, path } of app.routes) {
    const written = path.replace(/:([a-zA-Z0-9]+)/g, "{$1}");
    if (method !== "ALL") served.add(`${method.toLowerCase()} ${written}`);
  }
  for (const method of ["get", "post", "put", "patch", "delete", "options", "head"]) {
    served.add(`${method} /f/{name}`).add(`${method} /f/{name}/{path}`);
  }
  expect(
    operations()
      .map(({ method, path }) => `${method} ${path}`)
      .sort(),
  ).toEqual([...served].sort());
});

test("every operation has an id of its own and names the parameters of its path", () => {
  const ids = operations().map(({ operation }) => operation.operationId);
  expect(new Set(ids).size).toBe(ids.length);
  for (const { path, operation } of operations()) {
    const inPath = [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]);
    const named = (operation.parameters ?? []).filter((one) => one.in === "path").map(({ name }) => name);
    expect([path, named]).toEqual([path, inPath]);
  }
});

test("every operation names its problems by status", () => {
  for (const { path, method, operation } of operations()) {
    const statuses = Object.keys(operation.responses);
    expect(statuses).toContain("default");
    if (operation.security.length > 0)
      expect([path, method, statuses]).toEqual([path, method, expect.arrayContaining(["401"])]);
    for (const [status, { description, content }] of Object.entries(operation.responses)) {
      if (!(Number(status) >= 400)) continue;
      expect(Object.keys(content ?? {})).toEqual(["application/problem+json"]);
      const codes = [...description.matchAll(/`(\w+)`/g)].map((match) => match[1]);
      expect(codes.length).toBeGreaterThan(0);
      for (const code of codes) expect(isProblemCode(code)).toBe(true);
    }
  }
});

test("the page for people names every path and loads nothing", async () => {
  const response = await app.request("/docs");
  const page = await response.text();
  for (const path of Object.keys(document.paths).filter((one) => /^\/(v1|runner|health)/.test(one))) {
    expect(page).toContain(path.replace(/\{(\w+)\}/g, ":$1"));
  }
  expect(page).not.toMatch(/<script|src=|https?:\/\//);
  expect(response.headers.get("content-security-policy")).toMatch(/^default-src 'none'/);
});
