import { savedMost } from "@pulse/schema/wire/saved-inputs";
import { expect, test } from "vitest";
import { gatewayOfEachTest, seen, signedIn } from "../../auth/browser.suite.ts";

const gateway = gatewayOfEachTest();
const call = { method: "POST", path: "/", headers: "content-type: application/json", body: '{"n":1}' };
const at = "/v1/functions/hello/inputs";

test("what somebody keeps is theirs alone, read again newest first, and written over under its name", async () => {
  await gateway().addFunction("hello");
  const ana = await signedIn(gateway(), "ana", { default: "developer" });
  const ben = await signedIn(gateway(), "ben", { default: "operator" });
  expect((await ana.send("PUT", `${at}/a%20small%20one`, call)).status).toBe(201);
  await gateway().parts.clock.advance(1000);
  expect((await ana.send("PUT", `${at}/large`, { ...call, body: "[1]" })).status).toBe(201);
  await gateway().parts.clock.advance(1000);
  expect((await ana.send("PUT", `${at}/a%20small%20one`, { ...call, path: "/b?x=1" })).status).toBe(200);
  const list = async (who: typeof ana) => (await (await who.send("GET", at)).json()).items;
  expect(await list(ana)).toMatchObject([
    { name: "a small one", call: { ...call, path: "/b?x=1" } },
    { name: "large", call: { ...call, body: "[1]" } },
  ]);
  expect(await list(ben)).toEqual([]);
  expect(await seen(await ben.send("DELETE", `${at}/large`))).toBe("not_found");
  expect(await seen(await ana.send("DELETE", `${at}/large`))).toBe("ok");
  expect(await list(ana)).toHaveLength(1);
});

test("header lines with credentials are never kept", async () => {
  await gateway().addFunction("hello");
  const ana = await signedIn(gateway(), "ana", { default: "developer" });
  const names = ["X-Gitlab-Token", "apikey", "X-Client-Secret", "X-Amz-Signature", "Proxy-Authorization"];
  names.push("X-Auth", "X-Auth-Key", "X-Access-Key", "Ocp-Apim-Subscription-Key", "api_key");
  const plain = ["x-mode: loud", "idempotency-key: 7", "x-author: ana"];
  const lines = ["Authorization: Bearer abc", ...plain, " cookie: a=b", "X-Api-Key: 1"];
  const headers = [...lines, ...names.map((name) => `${name}: abc`)].join("\n");
  const kept = await ana.send("PUT", `${at}/one`, { ...call, headers });
  expect((await kept.json()).call.headers).toBe(plain.join("\n"));
  const { rows } = await gateway().parts.ports.database.client.execute("SELECT call FROM saved_inputs");
  expect(JSON.stringify(rows)).not.toContain("abc");
});

test("there is a limit, beyond which one may still write over what stands", async () => {
  await gateway().addFunction("hello");
  const ana = await signedIn(gateway(), "ana", { default: "developer" });
  for (let n = 0; n < savedMost; n++) {
    expect((await ana.send("PUT", `${at}/n${n}`, call)).status).toBe(201);
  }
  const more = await ana.send("PUT", `${at}/one-more`, call);
  expect([more.status, (await more.json()).detail]).toEqual([
    409,
    'of "hello" you keep 50 inputs already, which is as many as may be kept',
  ]);
  expect((await ana.send("PUT", `${at}/n3`, call)).status).toBe(200);
  const large = await ana.send("PUT", `${at}/n3`, { ...call, body: "x".repeat(65_537) });
  expect(await seen(large)).toBe("validation_failed");
});

test("a draft that is no function yet has inputs too; a viewer keeps none; they go with the function and with the person", async () => {
  const ana = await signedIn(gateway(), "ana", { default: "developer" });
  const viewer = await signedIn(gateway(), "vic", { default: "viewer" });
  expect(await seen(await ana.send("PUT", `${at}/one`, call))).toBe("not_found");
  await ana.send("PUT", "/v1/functions/hello/draft", { runtime: "typescript", files: { "index.ts": "" } });
  expect(await seen(await ana.send("PUT", `${at}/one`, call))).toBe("ok");
  expect(await seen(await viewer.send("PUT", `${at}/one`, call))).toBe("forbidden");
  await gateway().addFunction("hello");
  await gateway().addFunction("other");
  await ana.send("PUT", "/v1/functions/other/inputs/one", call);
  const rows = async () =>
    Number(
      (await gateway().parts.ports.database.client.execute("SELECT count(*) AS n FROM saved_inputs")).rows[0]
        ?.n,
    );
  expect(await rows()).toBe(2);
  await ana.send("DELETE", "/v1/functions/hello");
  expect(await rows()).toBe(1);
  await gateway().call("/v1/users/ana", { method: "DELETE" });
  expect(await rows()).toBe(0);
});
