import { makeId } from "@pulse/schema/ids";
import { afterEach, beforeEach, expect, test } from "vitest";
import { settle } from "../dispatch/world.suite.ts";
import { makeParts, type Parts } from "../runners/parts.suite.ts";
import { bytesOf, makeCall } from "./call.suite.ts";
import { forgetIdempotency, forgetOrphans } from "./forget.ts";
import { invoke } from "./invoke.ts";
import { createExecutionStore } from "./store.ts";

const never = new AbortController().signal;
const hourMs = 3_600_000;
let parts: Parts;
beforeEach(async () => {
  parts = await makeParts();
});
afterEach(async () => {
  await settle();
  parts.close();
  expect(parts.problems).toEqual([]);
});

const store = () => createExecutionStore(parts.ports.database);
/** A body that was stored for an execution that never came. */
async function leaveBody(): Promise<string> {
  const id = makeId("execution", parts.clock.now(), parts.ports.random(10));
  await store().keepRequest("default", id, new Uint8Array([1]));
  return id;
}
const isKept = async (id: string) => (await store().payload(id, "request")) !== null;

test("bodies of executions that never came are forgotten after an hour, those of others are not", async () => {
  const orphan = await leaveBody();
  const { id } = await invoke(parts.deps, makeCall({ reply: "accept" }, bytesOf("x".repeat(70_000))), never);
  await parts.clock.advance(hourMs - 1000);
  const young = await leaveBody();
  await forgetOrphans(parts.ports);
  expect(await isKept(orphan)).toBe(true);
  await parts.clock.advance(2000);
  await forgetOrphans(parts.ports);
  expect([await isKept(orphan), await isKept(id), await isKept(young)]).toEqual([false, true, true]);
  await parts.clock.advance(hourMs);
  await forgetOrphans(parts.ports);
  expect([await isKept(id), await isKept(young)]).toEqual([true, false]);
});

test("many are looked at in parts, each once", async () => {
  const ids = await Promise.all(Array.from({ length: 1201 }, leaveBody));
  await parts.clock.advance(hourMs + 1);
  let steps = 1;
  while (await forgetOrphans(parts.ports)) steps += 1;
  expect(steps).toBe(3);
  expect(await Promise.all(ids.map(isKept))).not.toContain(true);
  const looked = new Set<string>();
  const { client } = parts.ports.database;
  const execute = client.execute.bind(client);
  client.execute = async (...args: unknown[]) => {
    const result = await (execute as (...args: unknown[]) => ReturnType<typeof execute>)(...args);
    for (const row of result.rows) if (String(row.id).startsWith("exe_")) looked.add(String(row.id));
    return result;
  };
  await forgetOrphans(parts.ports);
  expect(looked.size).toBe(0);
});

test("idempotency keys are forgotten when their time is over", async () => {
  const call = makeCall({ reply: "accept", idempotencyKey: "k" }, bytesOf("x"));
  const first = await invoke(parts.deps, call, never);
  await parts.clock.advance(23 * hourMs);
  await forgetIdempotency(parts.ports);
  expect((await invoke(parts.deps, call, never)).id).toBe(first.id);
  await parts.clock.advance(hourMs + 1);
  await forgetIdempotency(parts.ports);
  const { rows } = await parts.ports.database.client.execute("SELECT * FROM idempotency");
  expect(rows).toEqual([]);
});
