import { Webhook } from "standardwebhooks";
import { afterEach, beforeEach, expect, test } from "vitest";
import { settle } from "../../dispatch/world.suite.ts";
import { keepLooking, type Looking } from "../../platform/keep-looking.ts";
import { HttpRunner, TestGateway } from "../../runners/gateway.suite.ts";
import { deliverBacklog, type Post } from "./deliver.ts";
import { forgetCallbacks } from "./forget.ts";

const url = "https://hooks.example.test/done";
let gateway: TestGateway;
let calling: Looking;
let received: { headers: Record<string, string>; body: string }[];
/** What the receiver answers next; the last one again and again. */
let answers: (number | null)[];

const post: Post = async (to, request) => {
  expect(to).toBe(url);
  received.push(request);
  const status = (answers.length > 1 ? answers.shift() : answers[0]) ?? null;
  if (status === null) throw new Error("connection refused");
  return { status, retryAfterMs: null };
};
let works: Promise<unknown>[];
const begin = () => {
  const background = (work: Promise<unknown>) => void works.push(work);
  calling = keepLooking({ ...gateway.parts.ports, background }, () =>
    deliverBacklog(gateway.parts.ports, post, "http://localhost:8787"),
  );
  gateway.parts.ports.callbackAdded = calling.added;
};
beforeEach(async () => {
  gateway = await TestGateway.start();
  gateway.parts.deps.config.callbackHosts = ["hooks.example.test"];
  await gateway.addFunction("hello");
  received = [];
  answers = [200];
  works = [];
  begin();
});
afterEach(async () => {
  calling.stop();
  await settle();
  gateway.close();
  expect(gateway.parts.problems).toEqual([]);
});

const call = (headers: Record<string, string>) =>
  gateway.call("/f/hello", { method: "POST", body: "x", headers: { prefer: "respond-async", ...headers } });
async function submit(headers: Record<string, string> = {}): Promise<string> {
  const response = await call({ "pulse-callback": url, ...headers });
  expect(response.status).toBe(202);
  return (await response.json()).id;
}
const log = async (id: string) => {
  const { items } = await (await gateway.call(`/v1/executions/${id}/callbacks`)).json();
  return items;
};
/** Moves the clock, and waits for the tries that came due: opening the secret takes turns of the loop that the clock knows nothing of. */
async function advance(ms: number): Promise<void> {
  await gateway.parts.clock.advance(ms);
  await Promise.all(works);
  await settle();
}
const rows = async () =>
  (await gateway.parts.ports.database.client.execute("SELECT * FROM callbacks")).rows.length;

test("whoever is named is told of the end, signed, with what the execution shows", async () => {
  const id = await submit();
  await advance(5000);
  expect(received).toEqual([]);
  expect(await log(id)).toMatchObject([{ url, status: "waiting", tries: [] }]);
  await (await HttpRunner.join(gateway)).answer("ok");
  await advance(2000);
  const { secret } = await (await gateway.call("/v1/callbacks/secret")).json();
  const [{ headers, body } = { headers: {}, body: "" }] = received;
  expect(secret).toMatch(/^whsec_/);
  expect(headers["webhook-id"]).toBe(`msg_${id}`);
  const signed = new Webhook(secret).sign(
    `msg_${id}`,
    new Date(Number(headers["webhook-timestamp"]) * 1000),
    body,
  );
  expect(headers["webhook-signature"]).toBe(signed);
  expect(JSON.parse(body)).toMatchObject({
    type: "execution.ended",
    data: {
      execution: { id, status: "succeeded" },
      resultUrl: `http://localhost:8787/v1/executions/${id}/result`,
    },
  });
  expect(await log(id)).toMatchObject([
    { id: `msg_${id}`, status: "delivered", nextAt: null, tries: [{ status: 200, error: null }] },
  ]);
});

test("for a day after a new secret was made, callbacks are signed with both; and the database holds neither as it is", async () => {
  const secretBy = async (method: string) =>
    (await (await gateway.call("/v1/callbacks/secret", { method })).json()).secret;
  const before = await secretBy("GET");
  const now = await secretBy("POST");
  expect(await secretBy("GET")).toBe(now);
  const end = async () => {
    const id = await submit();
    await gateway.call(`/v1/executions/${id}/cancel`, { method: "POST" });
    await advance(2000);
    const { headers = {}, body = "" } = received.at(-1) ?? {};
    const at = new Date(Number(headers["webhook-timestamp"]) * 1000);
    const signed = [now, before].map((one) => new Webhook(one).sign(`msg_${id}`, at, body));
    return { signed, sent: headers["webhook-signature"]?.split(" ") };
  };
  const both = await end();
  expect(both.sent).toEqual(both.signed);
  await advance(25 * 3_600_000);
  const { sent, signed } = await end();
  expect(sent).toEqual(signed.slice(0, 1));
  const { rows } = await gateway.parts.ports.database.client.execute("SELECT * FROM secrets");
  const text = JSON.stringify(
    rows.map((row) =>
      Object.values(row).map((one) =>
        one instanceof ArrayBuffer ? Buffer.from(one).toString("latin1") : one,
      ),
    ),
  );
  for (const one of [before, now]) {
    expect(text).not.toContain(one);
    expect(text).not.toContain(
      JSON.stringify(Buffer.from(one.slice(6), "base64").toString("latin1")).slice(1, -1),
    );
  }
});

test("a receiver that fails is told again by the schedule, with the same id and a fresh timestamp, also by a gateway that started anew", async () => {
  answers = [500, 302, null, 204];
  const id = await submit();
  await gateway.call(`/v1/executions/${id}/cancel`, { method: "POST" });
  await advance(1000);
  expect(received).toHaveLength(1);
  await advance(8000);
  expect(received).toHaveLength(2);
  calling.stop();
  await advance(60_000);
  begin();
  await advance(361_000);
  expect(received).toHaveLength(3);
  await advance(36 * 60_000);
  expect(received).toHaveLength(4);
  expect(new Set(received.map(({ headers }) => headers["webhook-id"])).size).toBe(1);
  expect(new Set(received.map(({ headers }) => headers["webhook-timestamp"])).size).toBe(4);
  const [entry] = await log(id);
  expect(entry).toMatchObject({ status: "delivered" });
  expect(entry.tries.map(({ error }: { error: string | null }) => error)).toEqual([
    "answered 500",
    "302: redirects are not followed",
    "no answer",
    null,
  ]);
});

test("a receiver that answers 410 is left alone", async () => {
  answers = [410];
  const id = await submit();
  await gateway.call(`/v1/executions/${id}/cancel`, { method: "POST" });
  await advance(3_600_000);
  expect(received).toHaveLength(1);
  expect(await log(id)).toMatchObject([{ status: "refused", nextAt: null }]);
});

test("after ten tries it is given up", async () => {
  answers = [500];
  const id = await submit();
  await gateway.call(`/v1/executions/${id}/cancel`, { method: "POST" });
  for (let hour = 0; hour < 24 * 5; hour++) {
    await advance(3_600_000);
  }
  expect(received).toHaveLength(10);
  expect(await log(id)).toMatchObject([{ status: "failed", nextAt: null }]);
});

test("a host that is not listed is refused in words, and nothing runs", async () => {
  const response = await call({ "pulse-callback": "https://169.254.169.254/" });
  expect(response.status).toBe(422);
  expect((await response.json()).detail).toContain("may not be called back");
  gateway.parts.deps.config.callbackHosts = [];
  expect((await call({ "pulse-callback": url })).status).toBe(422);
  expect(await rows()).toBe(0);
});

test("a call that is repeated under its key has one callback", async () => {
  const first = await submit({ "idempotency-key": "k" });
  expect(await submit({ "idempotency-key": "k" })).toBe(first);
  await settle();
  expect(await rows()).toBe(1);
});

test("a callback goes with its execution, and the secret stays the same", async () => {
  await submit();
  const secret = async () => (await (await gateway.call("/v1/callbacks/secret")).json()).secret;
  expect(await secret()).toBe(await secret());
  await advance(3_700_000);
  await forgetCallbacks(gateway.parts.ports);
  expect(await rows()).toBe(1);
  await gateway.parts.ports.database.client.execute("DELETE FROM executions");
  await forgetCallbacks(gateway.parts.ports);
  expect(await rows()).toBe(0);
});

test("a callback whose secret does not open is tried again later, and keeps none of the others from theirs", async () => {
  const { database } = gateway.parts.ports;
  const runner = await HttpRunner.join(gateway);
  await gateway.call("/v1/callbacks/secret");
  const id = await submit();
  await runner.answer("ok");
  const other = await submit();
  await runner.answer("ok");
  // The first is one of a project whose secret was sealed under a key that is lost.
  await database.client.batch([
    { sql: "UPDATE executions SET project = 'lost' WHERE id = ?", args: [id] },
    { sql: "UPDATE callbacks SET project = 'lost', next_at = 0 WHERE execution_id = ?", args: [id] },
  ]);
  const columns = (await database.client.execute("SELECT * FROM secrets WHERE kind = 'callbacks' LIMIT 1"))
    .columns;
  const as = columns.map((name) =>
    name === "project" ? "'lost'" : name === "id" ? "id || 'x'" : `"${name}"`,
  );
  await database.client.execute(
    `INSERT INTO secrets (${columns.map((name) => `"${name}"`).join(", ")}) SELECT ${as.join(", ")} FROM secrets WHERE kind = 'callbacks' LIMIT 1`,
  );
  await advance(5000);
  expect(received.map(({ headers }) => headers["webhook-id"])).toEqual([`msg_${other}`]);
  const [row] = (
    await database.client.execute({
      sql: "SELECT status, tries FROM callbacks WHERE execution_id = ?",
      args: [id],
    })
  ).rows;
  expect([row?.status, JSON.parse(String(row?.tries))]).toMatchObject([
    "waiting",
    [{ status: null, error: "it could not be signed" }],
  ]);
});
