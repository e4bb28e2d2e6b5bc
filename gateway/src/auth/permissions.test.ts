import { expect, test } from "vitest";
import { HttpRunner } from "../runners/gateway.suite.ts";
import { gatewayOfEachTest, seen, signedIn } from "./browser.suite.ts";

const gateway = gatewayOfEachTest();

const permissions = { execute: ["role:developer", "user:ana", "key:ci"], deploy: ["user:dev"] };

async function keyOf(name: string, scopes: string[]): Promise<string> {
  const made = await gateway().call("/v1/keys", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ name, scopes }),
  });
  return (await made.json()).key;
}

test("a function says which keys call it, and one made for it always may", async () => {
  await gateway().addFunction("narrow", { permissions });
  await gateway().addFunction("wide");
  const called = async (key: string, name: string) => {
    const headers = { authorization: `Bearer ${key}`, prefer: "respond-async" };
    return seen(await gateway().send(`/f/${name}`, { method: "POST", headers }));
  };
  for (const [name, scopes, wanted] of [
    ["ci", ["execute"], "ok"],
    ["other", ["execute"], "not_found"],
    ["every", ["invoke:*"], "not_found"],
    ["own", ["invoke:narrow"], "ok"],
    ["root", ["admin"], "ok"],
  ] as const) {
    const key = await keyOf(name, [...scopes]);
    expect([name, await called(key, "narrow")]).toEqual([name, wanted]);
    if (name !== "own") expect([name, await called(key, "wide")]).toEqual([name, "ok"]);
  }
});

test("of its executions, those whom it names run them again and cancel them", async () => {
  await gateway().addFunction("narrow", { permissions });
  const runner = await HttpRunner.join(gateway());
  const calling = gateway().call("/f/narrow", { method: "POST" });
  const job = await runner.answer("done");
  await (await calling).text();
  const again = `/v1/executions/${job.execution}/replay`;
  const people = {
    ana: await signedIn(gateway(), "ana", { default: "operator" }),
    ben: await signedIn(gateway(), "ben", { default: "operator" }),
    dev: await signedIn(gateway(), "dev", { default: "developer" }),
  };
  expect(await seen(await people.ben.send("POST", again, {}))).toBe("forbidden");
  expect(await seen(await people.dev.send("POST", again, {}))).toBe("ok");
  const { id } = await (await people.ana.send("POST", again, {})).json();
  expect(await seen(await people.ben.send("POST", `/v1/executions/${id}/cancel`))).toBe("forbidden");
  const bulk = { filter: { name: "narrow" }, action: "cancel", limit: 100 };
  const tried = await (await people.ben.send("POST", "/v1/executions/bulk", bulk)).json();
  expect(tried).toMatchObject({ done: 0, skipped: [{ code: "forbidden", count: 2 }] });
  expect(await seen(await people.ana.send("POST", `/v1/executions/${id}/cancel`))).toBe("ok");
  const { trigger } = await (await people.ana.send("GET", `/v1/executions/${id}`)).json();
  expect(trigger).toMatchObject({ type: "replay", of: job.execution, by: "user:ana" });
});

test("those whom it names change it, and nobody else widens who they are", async () => {
  await gateway().addFunction("narrow", { permissions });
  const dev = await signedIn(gateway(), "dev", { default: "developer" });
  const eve = await signedIn(gateway(), "eve", { default: "developer" });
  const files = { "index.ts": "export const handler = () => 1;" };
  const changes = [
    ["PATCH", "/v1/functions/narrow", { permissions: null }],
    ["PUT", "/v1/functions/narrow", {}],
    ["DELETE", "/v1/functions/narrow", undefined],
    ["POST", "/v1/functions/narrow/versions", { runtime: "typescript", files }],
    ["PUT", "/v1/functions/narrow/aliases/live", { version: 1 }],
    ["DELETE", "/v1/functions/narrow/aliases/old", undefined],
    ["PUT", "/v1/functions/narrow/draft", { runtime: "typescript", files }],
    ["POST", "/v1/functions/narrow/draft/build", undefined],
    ["POST", "/v1/functions/narrow/draft/run", {}],
    ["DELETE", "/v1/functions/narrow/draft", undefined],
  ] as const;
  for (const [method, path, body] of changes) {
    expect([method, path, await seen(await eve.send(method, path, body))]).toEqual([
      method,
      path,
      "forbidden",
    ]);
  }
  const deployed = await dev.send("POST", "/v1/functions/narrow/versions", { runtime: "typescript", files });
  expect(deployed.status).toBe(201);
  const { createdBy } = await (await dev.send("GET", "/v1/functions/narrow/versions/2")).json();
  expect(createdBy).toBe("user:dev");
  expect(await seen(await dev.send("PATCH", "/v1/functions/narrow", { permissions: null }))).toBe("ok");
  expect(await seen(await eve.send("PATCH", "/v1/functions/narrow", { keepAlive: "1m" }))).toBe("ok");
});

test.each([["role:owner"], ["ana"], ["user:Ana B"], ["key:"], ["group:x"]])(
  "%j names nobody",
  async (text) => {
    const body = { permissions: { execute: [text] } };
    const put = {
      method: "PUT",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    };
    expect(await seen(await gateway().call("/v1/functions/new", put))).toBe("validation_failed");
  },
);
