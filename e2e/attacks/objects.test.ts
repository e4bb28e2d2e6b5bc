import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startWorld, type World } from "../world.ts";

const password = "seven wooden boats 42";
let world: World;
const keys: Record<string, string> = {};
let execution: string;
beforeAll(async () => {
  world = await startWorld();
  await world.deploy("a", { "index.ts": "export const handler = (event) => event;" });
  execution =
    (await world.call("/f/a", { method: "POST", body: '"canary"' })).headers.get("pulse-execution-id") ?? "";
  for (const scopes of [["read"], ["execute", "read"], ["deploy", "read", "execute"], ["admin"]]) {
    const response = await send("/v1/keys", { name: `holder-${scopes[0]}`, scopes });
    keys[scopes[0] ?? ""] = ((await response.json()) as { key: string }).key;
  }
  expect((await send("/v1/projects", { name: "other" })).status).toBe(201);
  const other = await send(
    "/v1/keys",
    { name: "other-admin", scopes: ["admin"] },
    { headers: { "pulse-project": "other" } },
  );
  keys.other = ((await other.json()) as { key: string }).key;
});
afterAll(() => world.stop());

const send = (path: string, body: unknown, init: RequestInit & { key?: string | null } = {}) =>
  world.call(path, {
    method: "POST",
    body: JSON.stringify(body),
    ...init,
    headers: { "content-type": "application/json", ...(init.headers as Record<string, string>) },
  });
const keyOf = (name: string) => keys[name] ?? "";
const version = {
  runtime: "typescript",
  files: { "index.ts": "export const handler = () => 1;" },
  settings: {},
};

describe("AZ: what belongs to somebody else", () => {
  test("AZ-01 who may run may not change", async () => {
    const key = keyOf("execute");
    const changes: [method: string, path: string, body: unknown][] = [
      ["POST", "/v1/functions/new/versions", version],
      ["PATCH", "/v1/functions/a", { maxConcurrency: 1 }],
      ["DELETE", "/v1/functions/a", {}],
      ["PUT", "/v1/functions/a/aliases/x", { version: 1 }],
      ["PUT", "/v1/workflows/a/aliases/x", { revision: 1 }],
      ["PUT", "/v1/secrets/X", { value: "value" }],
      ["POST", "/v1/enrolment-tokens", {}],
      ["PATCH", "/v1/retention", { executions: "1d" }],
      ["POST", "/v1/users", { username: "eve", password }],
      ["POST", "/v1/projects", { name: "mine" }],
      ["PUT", "/v1/plan", { plan: "free" }],
    ];
    for (const [method, path, body] of changes) {
      expect((await send(path, body, { method, key })).status, `${method} ${path}`).toBe(403);
    }
  });

  test("AZ-02, AZ-03 an admin of another project finds nothing here, whatever they name", async () => {
    const key = keyOf("other");
    const reads = ["", "/logs", "/result", "/input", "/callbacks"].map(
      (end) => `/v1/executions/${execution}${end}`,
    );
    for (const path of [...reads, "/v1/functions/a", "/v1/functions/a/versions/1/source", "/v1/keys/x"]) {
      expect([404, 405], path).toContain((await world.call(path, { key })).status);
    }
    for (const action of ["cancel", "replay"]) {
      expect((await send(`/v1/executions/${execution}/${action}`, {}, { key })).status).toBe(404);
    }
    for (const list of [
      "/v1/functions",
      "/v1/executions",
      "/v1/runners",
      "/v1/secrets",
      "/v1/audit?action=version.deploy",
    ]) {
      expect(((await (await world.call(list, { key })).json()) as { items: unknown[] }).items, list).toEqual(
        [],
      );
    }
    const bulk = await send("/v1/executions/bulk", { filter: {}, action: "replay", dryRun: true }, { key });
    expect(JSON.stringify(await bulk.json())).not.toContain(execution);
    for (const project of ["default", "*", "nowhere"]) {
      const response = await world.call("/v1/functions", { key, headers: { "pulse-project": project } });
      expect(response.status, project).toBe(404);
    }
    expect((await world.call("/f/default~a", { method: "POST", body: "{}", key })).status).toBe(404);
  });

  test("AZ-02 a cursor of one project leads to nothing in another", async () => {
    const first = (await (await world.call("/v1/executions?limit=1")).json()) as {
      nextCursor: string | null;
    };
    expect(first.nextCursor).not.toBeNull();
    for (const key of [undefined, keyOf("other")]) {
      const path = `/v1/executions?limit=200&cursor=${encodeURIComponent(first.nextCursor ?? "")}`;
      const { items } = (await (await world.call(path, key === undefined ? {} : { key })).json()) as {
        items: unknown[];
      };
      expect(items.length > 0).toBe(key === undefined);
    }
  });

  test("AZ-04 what is not the caller's to set is no field", async () => {
    const fields = {
      role: "admin",
      project: "other",
      project_id: "other",
      owner: "eve",
      state: "succeeded",
      attempt: 0,
    };
    for (const [name, value] of Object.entries(fields)) {
      for (const path of ["/v1/functions/a", "/v1/runners/local"]) {
        const response = await send(path, { [name]: value }, { method: "PATCH" });
        expect(response.status, `${path} ${name}`).toBe(422);
      }
      const made = await send("/v1/keys", { name: "assigned", scopes: ["read"], [name]: value });
      expect(made.status).toBe(422);
    }
  });

  test("AZ-05 a parameter that is there twice means nothing", async () => {
    for (const query of ["limit=1&limit=2", "name=a&name=b", "cursor=a&cursor=b"]) {
      expect((await world.call(`/v1/executions?${query}`)).status, query).toBe(422);
    }
  });

  test("AZ-10 the history of a function outlives it", async () => {
    await world.deploy("short-lived", version.files);
    const ran = await world.call("/f/short-lived", { method: "POST", body: "{}" });
    const id = ran.headers.get("pulse-execution-id") ?? "";
    expect((await world.call("/v1/functions/short-lived", { method: "DELETE" })).status).toBe(204);
    expect(await (await world.call(`/v1/executions/${id}`)).json()).toMatchObject({ name: "short-lived" });
  });

  test("what is not there and what is somebody else's are told in the same words", async () => {
    const words = async (path: string, key: string) => {
      const { requestId: _, ...rest } = (await (await world.call(path, { key })).json()) as Record<
        string,
        unknown
      >;
      return JSON.stringify(rest).replaceAll(/exe_[0-9a-z]+/g, "exe");
    };
    const nobodys = execution.replace(/.$/, (last) => (last === "0" ? "1" : "0"));
    expect(await words(`/v1/executions/${execution}`, keyOf("other"))).toBe(
      await words(`/v1/executions/${nobodys}`, keyOf("other")),
    );
  });
});
