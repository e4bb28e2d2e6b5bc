import type { BulkAnswer } from "@pulse/schema/wire/bulk";
import { afterEach, beforeEach, expect, test } from "vitest";
import { settle } from "../../dispatch/world.suite.ts";
import { TestGateway } from "../../runners/gateway.suite.ts";

let gateway: TestGateway;
beforeEach(async () => {
  gateway = await TestGateway.start();
  await gateway.addFunction("hello");
  await gateway.addFunction("other");
});
afterEach(async () => {
  await settle();
  gateway.close();
  expect(gateway.parts.problems).toEqual([]);
});

const client = () => gateway.parts.ports.database.client;
const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
  gateway.call(path, {
    method: "POST",
    body: JSON.stringify(body),
    headers: { "content-type": "application/json", ...headers },
  });

/** Accepts so many calls of a function; returns their ids, oldest first. */
async function accept(count: number, name = "hello", body: unknown = {}): Promise<string[]> {
  const ids: string[] = [];
  for (let i = 0; i < count; i++) {
    await gateway.parts.clock.advance(1);
    const response = await post(`/f/${name}`, body, { prefer: "respond-async" });
    ids.push((await response.json()).id);
  }
  return ids;
}

async function step(body: Record<string, unknown>, key: string | null = null): Promise<BulkAnswer> {
  const response = await post("/v1/executions/bulk", body, key === null ? {} : { "idempotency-key": key });
  expect(response.status).toBe(200);
  return await response.json();
}

const statuses = async (where = "1") => {
  const sql = `SELECT status, count(*) AS n FROM executions WHERE ${where} GROUP BY status`;
  const { rows } = await client().execute(sql);
  return Object.fromEntries(rows.map(({ status, n }) => [String(status), Number(n)]));
};
/** As if they had been tried in vain. */
const endAs = (status: string, ids: readonly string[]) =>
  client().execute({
    sql: "UPDATE executions SET status = ?, ended_at = 1 WHERE id IN (SELECT value FROM json_each(?))",
    args: [status, JSON.stringify(ids)],
  });

test("what a filter names is cancelled, step by step, and nothing else is", async () => {
  await accept(5);
  await accept(2, "other");
  const filter = { name: "hello" };
  const first = await step({ filter, action: "cancel", limit: 3 });
  expect(first).toMatchObject({ matched: 3, done: 3, skipped: [], replays: [], dryRun: false });
  const second = await step({ filter, action: "cancel", limit: 3, cursor: first.nextCursor });
  expect(second).toMatchObject({ matched: 2, done: 2, nextCursor: null });
  expect(await statuses("name = 'hello'")).toEqual({ cancelled: 5 });
  expect(await statuses("name = 'other'")).toEqual({ queued: 2 });
});

test("a dry run says what would be done and does nothing", async () => {
  const [gone = ""] = await accept(3, "hello", { text: "x".repeat(70_000) });
  expect(await step({ filter: {}, action: "cancel", dryRun: true })).toMatchObject({ matched: 3, done: 3 });
  expect(await statuses()).toEqual({ queued: 3 });
  await client().execute("UPDATE executions SET status = 'dead', ended_at = 1");
  await client().execute({ sql: "DELETE FROM payloads WHERE execution_id = ?", args: [gone] });
  const answer = await step({ filter: { status: "dead" }, action: "replay", dryRun: true });
  expect(answer).toMatchObject({ matched: 3, done: 2, replays: [] });
  expect(answer.skipped).toMatchObject([{ code: "gone", count: 1, executions: [gone] }]);
  expect(await statuses()).toEqual({ dead: 3 });
});

test("without a status, what is over is left alone by a cancellation; named, it is skipped with the reason", async () => {
  const ids = await accept(3);
  await endAs("dead", ids.slice(0, 2));
  expect(await step({ filter: {}, action: "cancel" })).toMatchObject({ matched: 1, done: 1 });
  const named = await step({ filter: { status: ["dead"] }, action: "cancel" });
  expect(named).toMatchObject({ matched: 2, done: 0 });
  expect(named.skipped).toMatchObject([{ code: "already_finished", count: 2 }]);
});

test("dead work is run again as new executions with the requests it had", async () => {
  const ids = await accept(3, "hello", { n: 1 });
  await endAs("dead", ids);
  const answer = await step({ filter: { status: "dead" }, action: "replay" });
  expect(answer).toMatchObject({ matched: 3, done: 3, skipped: [] });
  expect(answer.replays.map(({ of }) => of).sort()).toEqual([...ids].sort());
  const { rows } = await client().execute(
    "SELECT job ->> '$.spec.body.base64' AS body FROM executions WHERE trigger_type = 'replay'",
  );
  expect(rows.map(({ body }) => atob(String(body)))).toEqual(Array(3).fill('{"n":1}'));
  expect(await statuses()).toEqual({ dead: 3, queued: 3 });
});

test("a replay repeated under its key makes nothing twice, also where the filter names what it made", async () => {
  const ids = await accept(3);
  await endAs("dead", ids);
  const ask = { filter: { status: ["dead", "queued"] }, action: "replay" };
  const first = await step(ask, "again-1");
  const second = await step(ask, "again-1");
  expect(second.replays.toSorted(byOf)).toEqual(first.replays.toSorted(byOf));
  expect(second).toMatchObject({ matched: 6, done: 3 });
  expect(second.skipped).toMatchObject([{ code: "conflict", count: 3, detail: "this request made it" }]);
  expect(await statuses()).toEqual({ dead: 3, queued: 3 });
  expect((await step({ filter: { status: "dead" }, action: "replay" }, "again-2")).done).toBe(3);
  expect(await statuses()).toEqual({ dead: 3, queued: 6 });
});

test("a single replay under a key is made once too", async () => {
  const [id = ""] = await accept(1);
  await endAs("dead", [id]);
  const again = async () =>
    (await (await post(`/v1/executions/${id}/replay`, {}, { "idempotency-key": "k" })).json()).id;
  expect(await again()).toBe(await again());
});

test("a function that is gone skips its executions and keeps none of the others", async () => {
  const ids = [...(await accept(2)), ...(await accept(2, "other"))];
  await endAs("dead", ids);
  expect((await gateway.call("/v1/functions/other", { method: "DELETE" })).status).toBeLessThan(300);
  const answer = await step({ filter: {}, action: "replay" });
  expect(answer).toMatchObject({ matched: 4, done: 2 });
  expect(answer.skipped).toMatchObject([{ code: "not_found", count: 2 }]);
});

test("fields that are not known, and steps that are too large, are refused", async () => {
  const refused = async (body: unknown) => (await post("/v1/executions/bulk", body)).status;
  expect(await refused({ filter: { nmae: "x" }, action: "cancel" })).toBe(422);
  expect(await refused({ filter: {}, action: "delete" })).toBe(422);
  expect(await refused({ filter: {}, action: "cancel", limit: 201 })).toBe(422);
  expect(await refused({ action: "cancel" })).toBe(422);
});

function byOf(a: { of: string }, b: { of: string }): number {
  return a.of < b.of ? -1 : 1;
}
