import { fillPath } from "@pulse/schema/client";
import { contract } from "@pulse/schema/contract";
import { afterAll, beforeAll, expect, test } from "vitest";
import { TestGateway } from "../runners/gateway.suite.ts";

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await TestGateway.start();
});
afterAll(() => gateway.close());

const params = {
  ...{ revision: "1", name: "walk", id: "walk", code: "walk", alias: "old", version: "1" },
  ...{ rule: "walk", message: "walk", kind: "runs", space: "walk", input: "walk" },
};
const control = [...contract.values()].filter(({ path }) => path.startsWith("/v1/"));
/** What else a request of that path must have. */
const queryOf = (path: string) => (path === "/v1/kv/:space/entry" ? "?key=walk" : "");
const post = (path: string, body: BodyInit, type = "application/json", method = "POST") =>
  gateway.call(path, { method, body, headers: { "content-type": type } });

test.each(control.filter(({ body }) => body !== undefined))(
  "$method $path refuses a field that it does not know",
  async ({ method, path }) => {
    const response = await post(
      fillPath(path, params) + queryOf(path),
      '{"surprise":1}',
      "application/json",
      method,
    );
    expect(response.status).toBe(422);
    const { code, errors } = await response.json();
    expect(code).toBe("validation_failed");
    expect(JSON.stringify(errors)).toContain("surprise");
  },
);

test.each(control.filter(({ query }) => query !== undefined))(
  "$method $path refuses a query parameter that it does not know",
  async ({ method, path }) => {
    const target = `${fillPath(path, params)}?surprise=1`;
    const response = await gateway.call(target, { method });
    expect(response.status).toBe(422);
    expect(JSON.stringify((await response.json()).errors)).toContain("surprise");
  },
);

test("what is wrong is named by JSON Pointer, all of it at once", async () => {
  const response = await post("/v1/keys", '{"name":"No","scopes":["a/b"],"x~/y":1}');
  const { errors } = await response.json();
  const pointers = errors.map(({ pointer }: { pointer: string }) => pointer);
  expect(pointers).toEqual(expect.arrayContaining(["/name", "/scopes/0", ""]));
});

test.each([
  ["{", "application/json", 400, "invalid_json"],
  ["[".repeat(10_000), "application/json", 400, "invalid_json"],
  [new Uint8Array([0x22, 0xff, 0x22]), "application/json", 400, "invalid_json"],
  ["<a/>", "application/xml", 415, "unsupported_media_type"],
  [`"${"x".repeat(10 * 2 ** 20)}"`, "application/json", 413, "payload_too_large"],
] as const)("a body that cannot be read (%#) is told what it is", async (body, type, status, code) => {
  const response = await post("/v1/keys", body, type);
  expect([response.status, (await response.json()).code]).toEqual([status, code]);
});

test("every answer of the control API says that it is no page, and carries its request id", async () => {
  for (const path of ["/v1/keys", "/v1/nothing", "/v1/a%2fb"]) {
    const { headers } = await gateway.call(path, { headers: { "x-request-id": "req-9" } });
    expect(headers.get("x-request-id")).toBe("req-9");
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    expect(headers.get("content-security-policy")).toMatch(/^default-src 'none'/);
  }
});
