import { LibsqlError } from "@libsql/client";
import { ProblemError } from "@pulse/schema/problem";
import { beforeEach, expect, test } from "vitest";
import {
  makeFailure,
  never,
  newExecution,
  PlayedRunner,
  settle,
  settledOf,
  worldOfEach,
} from "./world.suite.ts";

const world = worldOfEach();
let runner: PlayedRunner;
beforeEach(async () => {
  runner = new PlayedRunner(world());
  await runner.join();
});

const handed = async (delivery: "atLeastOnce" | "atMostOnce" = "atLeastOnce") => {
  const execution = newExecution(world(), { mode: "async" });
  return await runner.handed({ ...execution, job: { ...execution.job, delivery } });
};
const cancel = (id: string) => world().hub.cancel({ project: "default", id, reason: "cancelled" });

/** Refuses every write while `act` goes on, as a database does that another process has locked. */
async function whileBusy<T>(act: () => Promise<T>): Promise<T> {
  const { client } = world().ports.database;
  const { batch } = client;
  // In memory a new connection would find an empty database.
  client.reconnect = () => undefined;
  client.batch = async () => {
    throw new LibsqlError("database is locked", "SQLITE_BUSY");
  };
  // The world is new for the next test; the operator is told of each write that failed.
  try {
    return await act();
  } finally {
    client.batch = batch;
    world().problems.length = 0;
  }
}

/** Starts `meanwhile` when the write that `act` makes is on disk and its answer is still on the way. */
async function onItsWay<A, B>(act: () => Promise<A>, meanwhile: () => Promise<B>): Promise<[A, B]> {
  const { client } = world().ports.database;
  const { batch } = client;
  let other: Promise<B> | null = null;
  client.batch = async (statements, mode) => {
    client.batch = batch;
    const results = await client.batch(statements, mode);
    other = meanwhile();
    await settle();
    return results;
  };
  const answer = await act();
  if (other === null) throw new Error("nothing was written");
  return [answer, await other];
}

test("a call with an idempotency key fails as a whole when it cannot be written, and is made by the next try", async () => {
  const idempotency = { scope: "s", key: "k", fingerprint: "f", expiresAt: world().clock.now() + 60_000 };
  const execution = newExecution(world(), { mode: "async", idempotency });
  const submit = () => world().hub.invoke({ execution, waitMs: 0, body: null }, never);
  await whileBusy(() => expect(submit()).rejects.toMatchObject({ code: "unavailable" }));
  expect(await submit()).toMatchObject({ kind: "accepted" });
});

test("a cancellation that cannot be written is refused, and changes nothing", async () => {
  const { execution } = await handed();
  await whileBusy(() => expect(cancel(execution.id)).rejects.toMatchObject({ code: "unavailable" }));
  await runner.complete(execution.id, 1);
  expect(await world().status(execution.id)).toMatchObject({ status: "succeeded" });
});

test("a cancellation that meets the outcome on the way to disk does not call it cancelled", async () => {
  const { execution } = await handed();
  const [answer] = await onItsWay(
    () => cancel(execution.id),
    () => runner.complete(execution.id, 1),
  );
  expect(answer.status).toBe("offered");
  expect(await world().status(execution.id)).toMatchObject({ status: "succeeded" });
});

test("what is cancelled while it goes back to the queue ends there", async () => {
  const { execution, held } = await handed();
  const release = { ...held, reason: "drained" as const, started: true };
  await onItsWay(
    () => cancel(execution.id),
    () => world().hub.release(release),
  );
  expect(await world().status(execution.id)).toMatchObject({ status: "cancelled", reason: "cancelled" });
  const { jobs } = await runner.sync({ waitMs: 0 }, AbortSignal.abort());
  expect(jobs).toEqual([]);
});

test("the start gate stays shut until it is on disk that it opened", async () => {
  const { execution, held } = await handed("atMostOnce");
  const start = () => world().hub.start({ ...held, instanceId: "i1" });
  await whileBusy(async () => {
    await expect(start()).rejects.toMatchObject({ code: "unavailable" });
    await expect(start()).rejects.toMatchObject({ code: "unavailable" });
  });
  await start();
  expect(await world().status(execution.id)).toMatchObject({ status: "running" });
});

test("the start gate of what was cancelled stays shut, however often it is asked", async () => {
  const { execution, held } = await handed("atMostOnce");
  const start = () => world().hub.start({ ...held, instanceId: "i1" });
  const [, first] = await onItsWay(
    () => cancel(execution.id),
    () => start().catch((error: unknown) => error),
  );
  expect(first).toMatchObject({ code: "fenced" });
  await expect(start()).rejects.toMatchObject({ code: "cancelled" });
});

test("an offer that could not be taken back while the database was busy is taken back later", async () => {
  const { execution } = await handed();
  await whileBusy(() => world().clock.advance(4000));
  await world().clock.advance(10_000);
  await runner.sync();
  expect((await runner.sync()).jobs).toMatchObject([{ execution: execution.id, fence: 2, attempt: 1 }]);
});

test("the caller of a streamed response is cut off when its runner is lost, whether anybody reads or not", async () => {
  const { answer, held } = await runner.handed();
  const body = new ReadableStream<Uint8Array>({
    pull: (controller) => controller.enqueue(new Uint8Array(1024)),
  });
  const head = { status: 200, headers: [] };
  const response = world()
    .hub.response({ ...held, head, body }, never)
    .catch((error: unknown) => error);
  const streaming = await answer;
  if (streaming.kind !== "streaming") throw new Error(`expected a stream, got ${streaming.kind}`);
  await settle();
  await world().hub.endSession({ holder: runner.holder });
  expect(await response).toMatchObject({ code: "fenced" });
  const reader = streaming.body.getReader();
  const readAll = async () => {
    while (!(await reader.read()).done);
  };
  await expect(readAll()).rejects.toMatchObject({ code: "fenced" });
  const ended = await world().hub.wait({ id: held.execution, waitMs: 0 }, never);
  expect(settledOf(ended)).toMatchObject({ status: "failed", reason: "lost" });
});

test("a key is not taken when its execution could not be written, also when each write is tried alone", async () => {
  const idempotency = { scope: "s", key: "k", fingerprint: "f", expiresAt: world().clock.now() + 60_000 };
  const first = newExecution(world(), { mode: "async", idempotency });
  const { client } = world().ports.database;
  const batch = client.batch.bind(client);
  const insertsExecution = (statement: unknown) => JSON.stringify(statement).includes("INTO executions");
  // Whatever writes the execution is refused; what is written without it is not.
  client.batch = async (statements, mode) => {
    if (statements.some(insertsExecution)) throw new LibsqlError("disk I/O error", "SQLITE_IOERR");
    return await batch(statements, mode);
  };
  const submit = (execution = first) => world().hub.invoke({ execution, waitMs: 0, body: null }, never);
  await expect(submit()).rejects.toMatchObject({ code: "unavailable" });
  client.batch = batch;
  world().problems.length = 0;
  const second = newExecution(world(), { mode: "async", idempotency });
  expect(await submit(second)).toMatchObject({ kind: "accepted", id: second.id });
});

test("at-most-once work whose outcome is told to a hub that restarted is not begun again", async () => {
  const { execution, held } = await handed("atMostOnce");
  await world().hub.start({ ...held, instanceId: "i1" });
  await world().restart();
  await runner.complete(execution.id, 1, makeFailure("infrastructure"));
  expect(await world().status(execution.id)).toMatchObject({ status: "failed", reason: "infrastructure" });
});

test("a process that opens its session twice keeps it, with what it was handed meanwhile", async () => {
  const { execution } = await handed();
  const sync = runner.sync({ running: [{ execution: execution.id, fence: 1 }] });
  expect(await runner.join()).toEqual({ reconcile: [] });
  await world().hub.cancel({ project: "default", id: execution.id, reason: "cancelled" });
  expect((await sync).cancel).toMatchObject([{ execution: execution.id, fence: 1 }]);
});

test("running work whose row could not say so in time says so later", async () => {
  const { execution } = await handed();
  await world().hub.renew({ holder: runner.holder, running: [{ execution: execution.id, fence: 1 }] });
  await whileBusy(() => world().clock.advance(1500));
  await world().clock.advance(2000);
  expect(await world().status(execution.id)).toMatchObject({ status: "running" });
});

test("work that an older hub wrote after this one had started is found", async () => {
  const late = newExecution(world(), { mode: "async" });
  const { client } = world().ports.database;
  const { batch } = client;
  let write = async (): Promise<unknown> => undefined;
  client.batch = (statements, mode) => {
    write = () => batch.call(client, statements, mode);
    return new Promise(() => undefined);
  };
  void world().hub.invoke({ execution: late, waitMs: 0, body: null }, never);
  await settle();
  client.batch = batch;
  await world().restart();
  await write();
  const sync = runner.sync();
  await world().clock.advance(25_000);
  expect((await sync).jobs).toMatchObject([{ execution: late.id }]);
});

/** Refuses every read while `act` goes on. */
async function whileUnread(act: () => Promise<void>): Promise<void> {
  const { client } = world().ports.database;
  const { execute } = client;
  client.execute = async () => {
    throw new ProblemError("unavailable", "the database does not answer");
  };
  await act();
  client.execute = execute;
  world().problems.length = 0;
}

test("work that became due while the database could not be read is handed out afterwards", async () => {
  const execution = newExecution(world(), { mode: "async", runAt: world().clock.now() + 1000 });
  await world().hub.invoke({ execution, waitMs: 0, body: null }, never);
  await whileUnread(() => world().clock.advance(5000));
  const sync = runner.sync();
  await world().clock.advance(2000);
  expect((await sync).jobs).toMatchObject([{ execution: execution.id }]);
});

test("work whose patience ended while the database could not be read ends afterwards", async () => {
  const execution = newExecution(world(), { requires: { runtime: "python", labels: {}, arch: null } });
  const answer = world().hub.invoke({ execution, waitMs: 60_000, body: null }, never);
  await whileUnread(() => world().clock.advance(15_000));
  await world().clock.advance(2000);
  expect(settledOf(await answer)).toMatchObject({ status: "failed", reason: "no_runner" });
});

test("a caller who is refused because the row cannot be read is not waited for", async () => {
  const { execution } = await handed();
  const wait = () => world().hub.wait({ id: execution.id, waitMs: 60_000 }, never);
  await whileUnread(() => expect(wait()).rejects.toMatchObject({ code: "unavailable" }));
  const drained = world().core.drain(AbortSignal.timeout(60_000));
  await world().clock.advance(1000);
  await drained;
});

test("of two reports of one end in the same millisecond, one is added up", async () => {
  const { execution } = await handed();
  await Promise.all([runner.complete(execution.id, 1), runner.complete(execution.id, 1)]);
  const { client } = world().ports.database;
  const sums = await client.batch([
    "SELECT coalesce(sum(executions), 0) AS n FROM usage",
    "SELECT coalesce(sum(ok + failed), 0) AS n FROM rollups",
  ]);
  expect(sums.map(({ rows }) => Number(rows[0]?.n))).toEqual([1, 1]);
});
