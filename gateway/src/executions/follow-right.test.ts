import { expect, test } from "vitest";
import { gatewayOfEachTest, seen, signedIn } from "../auth/browser.suite.ts";
import { createKeyRing } from "../auth/keys.ts";

const gateway = gatewayOfEachTest();

async function save(more: object = {}): Promise<void> {
  const ask = { id: "ask", name: "Ask", type: "prompt", message: "Go on?" };
  const body = JSON.stringify({ ...more, steps: [ask] });
  const headers = { "content-type": "application/json" };
  expect(await seen(await gateway().call("/v1/workflows/patch", { method: "PUT", headers, body }))).toBe(
    "ok",
  );
}

/** The path of the log of a run that asks. */
async function logOfRun(): Promise<string> {
  await save();
  const init = { method: "POST", headers: { "content-type": "application/json" }, body: "{}" };
  const { id } = await (await gateway().call("/v1/workflows/patch/executions", init)).json();
  return `/v1/executions/${id}/logs?follow=true`;
}

test("a log that is followed ends when its workflow is hidden from the reader", async () => {
  const path = await logOfRun();
  const ben = await signedIn(gateway(), "ben", { default: "viewer" });
  const following = (await ben.send("GET", path)).text();
  await save({ permissions: { view: [] } });
  await gateway().parts.clock.advance(15_100);
  expect(await following).toBe("");
  expect(await seen(await ben.send("GET", path))).toBe("not_found");
});

test("a log that is followed ends when the key is deleted that asked for it", async () => {
  const path = await logOfRun();
  const made = { name: "reader", scopes: ["read"], expiresAt: null };
  const { key } = await createKeyRing(gateway().parts.ports).create("default", made);
  const response = await gateway().send(path, { headers: { authorization: `Bearer ${key}` } });
  const following = response.text();
  await gateway().call("/v1/keys/reader", { method: "DELETE" });
  await gateway().parts.clock.advance(15_100);
  expect(await following).toBe("");
});
