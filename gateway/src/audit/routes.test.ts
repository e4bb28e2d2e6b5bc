import { fillPath } from "@pulse/schema/client";
import { contract } from "@pulse/schema/contract";
import type { AuditEntry } from "@pulse/schema/wire/audit";
import { afterAll, beforeAll, expect, test } from "vitest";
import * as z from "zod";
import { settle } from "../dispatch/world.suite.ts";
import { TestGateway } from "../runners/gateway.suite.ts";
import { shown } from "./shown.ts";
import { actionOf } from "./witness.ts";

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await TestGateway.start();
});
afterAll(async () => {
  await settle();
  gateway.close();
});

const changing = [...contract.values()].filter(
  ({ method, scope, audit }) => method !== "GET" && (scope !== "runner" || audit !== undefined),
);
const audited = changing.filter((endpoint) => actionOf(endpoint) !== null);
const params = {
  ...{ name: "walk", id: "walk", alias: "old", version: "1", code: "walk" },
  ...{ prompt: "walk", delivery: "walk", message: "walk", rule: "walk", space: "walk" },
};

/** The names that a body or an answer may have, whichever of its forms it takes. */
function namesOf(part: z.ZodType | undefined): string {
  return part === undefined
    ? ""
    : JSON.stringify(z.toJSONSchema(part, { io: "input", unrepresentable: "any" }));
}

test.each(changing)(
  "$method $path says what the audit tells of it, or why nothing",
  ({ audit, body, answer }) => {
    if (audit === undefined) throw new Error("declare `audit`");
    if ("exempt" in audit) {
      expect(audit.exempt.length).toBeGreaterThan(20);
      return;
    }
    expect(audit.action).toMatch(/^[a-z]+([-_][a-z]+)*\.[a-z]+([-_][a-z]+)*$/);
    for (const name of audit.body ?? []) expect(namesOf(body)).toContain(`"${name}"`);
    for (const name of audit.answer ?? []) {
      for (const part of name.split(".")) expect(namesOf(answer)).toContain(`"${part}"`);
    }
  },
);

test("each action has a name of its own", () => {
  const names = audited.map(actionOf);
  expect(new Set(names).size).toBe(names.length);
});

test("no part of a body or an answer that the audit tells is one that holds secrets", () => {
  for (const { audit } of audited) {
    if (audit === undefined || "exempt" in audit) continue;
    const told = [...(audit.body ?? []), ...(audit.answer ?? [])];
    const hidden = told.filter((name) => JSON.stringify(shown({ [name]: "x" })).includes("[hidden]"));
    expect([audit.action, hidden]).toEqual([audit.action, []]);
  }
});

test.each(audited)("$method $path leaves an entry, whatever comes of it", async (endpoint) => {
  const { method, path, body } = endpoint;
  const action = actionOf(endpoint) ?? "";
  // So that the budget of refusals is never used up.
  await gateway.parts.clock.advance(60_000);
  const init = body === undefined ? {} : { body: "{}", headers: { "content-type": "application/json" } };
  const requestId = `walk-${method}-${action}`;
  await gateway.call(fillPath(path, params), {
    method,
    ...init,
    headers: { "x-request-id": requestId, "pulse-protocol": "1", ...init.headers },
  });
  const { rows } = await gateway.parts.ports.database.client.execute({
    sql: "SELECT action, request_id FROM audit ORDER BY seq DESC LIMIT 1",
    args: [],
  });
  expect(rows[0]).toMatchObject({ action, request_id: requestId });
});

test("secrets in bodies, headers and answers are nowhere in the audit", async () => {
  const canary = "CANARY7f3a9c";
  const json = { "content-type": "application/json" };
  for (const { method, path, body } of audited) {
    await gateway.parts.clock.advance(60_000);
    const filled = {
      key: canary,
      token: canary,
      password: canary,
      value: canary,
      secret: canary,
      name: "walk",
    };
    await gateway.call(fillPath(path, params), {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(filled) }),
      headers: { ...json, cookie: `pulse_session=${canary}` },
    });
  }
  const key = await gateway.call("/v1/keys", {
    method: "POST",
    body: JSON.stringify({ name: "made", scopes: ["read"] }),
    headers: json,
  });
  const secret = await gateway.call("/v1/secrets/db-password", {
    method: "PUT",
    body: JSON.stringify({ value: canary }),
    headers: json,
  });
  expect([key.status, secret.status < 500]).toEqual([201, true]);
  const { rows } = await gateway.parts.ports.database.client.execute("SELECT * FROM audit");
  const text = JSON.stringify(rows);
  expect(text).toContain("made");
  expect(text).not.toContain(canary);
  expect(text).not.toContain((await key.json()).key);
  expect(text).not.toContain(gateway.key);
});

test("what looks like a secret is hidden wherever it stands", () => {
  const entry: AuditEntry["details"] = shown({
    password: "x",
    nested: { apiToken: "x", env: { A: "x" }, fine: "y" },
    list: [`pk_${"a".repeat(43)}`, "Bearer abc", `${"-".repeat(5)}BEGIN PRIVATE KEY`, "plain"],
    secrets: ["db"],
    control: "a\u0000b\ud800",
    long: "x".repeat(1000),
  }) as AuditEntry["details"];
  expect(entry).toEqual({
    password: "[hidden]",
    nested: { apiToken: "[hidden]", env: "[hidden]", fine: "y" },
    list: ["[hidden]", "[hidden]", "[hidden]", "plain"],
    secrets: ["db"],
    control: "a b\ufffd",
    long: `${"x".repeat(200)}…`,
  });
});
