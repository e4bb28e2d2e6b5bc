import { describe, expect, test } from "vitest";
import type { Hub } from "../hub.ts";
import {
  makeFailure,
  never,
  newExecution,
  PlayedRunner,
  settle,
  settledOf,
  worldOfEach,
} from "./world.suite.ts";

const retry = { attempts: 3, backoff: 1000, maxBackoff: 10_000, maxAge: 3_600_000 };

/** What every hub does with a call, from its acceptance to its answer. */
export function hubCallsSuite(title: string, wrap: (hub: Hub) => Hub): void {
  describe(`${title}: calls`, () => {
    const world = worldOfEach(wrap);
    const invoke = (execution = newExecution(world()), waitMs = 60_000) =>
      world().hub.invoke({ execution, waitMs, body: null }, never);

    test("a parked runner gets the call at once, and its completion answers the caller", async () => {
      const runner = new PlayedRunner(world());
      await runner.join();
      const sync = runner.sync();
      await settle();
      const execution = newExecution(world());
      const answer = invoke(execution);
      const [job] = (await sync).jobs;
      expect(job).toMatchObject({ execution: execution.id, fence: 1, attempt: 1, kind: "function" });
      expect(await world().status(execution.id)).toMatchObject({
        status: "offered",
        runner_id: runner.record.id,
      });
      expect(await runner.complete(execution.id, 1)).toMatchObject({ results: [{ result: "ok" }] });
      const settled = settledOf(await answer);
      expect(settled).toMatchObject({ status: "succeeded", attempt: 1, response: { status: 200 } });
      expect(await world().status(execution.id)).toMatchObject({ status: "succeeded", http_status: 200 });
    });

    test("a call that is heard of as it ends has begun when its runner's measures say", async () => {
      const runner = new PlayedRunner(world());
      await runner.join();
      const { execution, answer } = await runner.handed();
      await world().clock.advance(100);
      await runner.complete(execution.id, 1, { timing: { initMs: 10, runMs: 40, start: "cold" } });
      await answer;
      const { started_at, ended_at } = await world().status(execution.id);
      expect(Number(ended_at) - Number(started_at)).toBe(50);
    });

    test("work that arrives without a runner waits for one, oldest first", async () => {
      const first = newExecution(world(), { mode: "async" });
      await invoke(first, 0);
      await world().clock.advance(5);
      const second = newExecution(world(), { mode: "async" });
      expect(await invoke(second, 0)).toEqual({ kind: "accepted", id: second.id, status: "queued" });
      const runner = new PlayedRunner(world(), { slots: 1 });
      await runner.join();
      expect((await runner.sync()).jobs.map((job) => job.execution)).toEqual([first.id]);
      const next = await runner.complete(first.id, 1, {}, 1);
      expect(next.jobs.map((job) => job.execution)).toEqual([second.id]);
    });

    test("an asynchronous failure is retried with its counter and ends dead when the attempts are used up", async () => {
      const runner = new PlayedRunner(world());
      await runner.join();
      const execution = newExecution(world(), { mode: "async", retry });
      const failures = (async () => {
        for (let attempt = 1; attempt <= 3; attempt++) {
          let jobs = (await runner.sync()).jobs;
          while (jobs.length === 0) jobs = (await runner.sync()).jobs;
          expect(jobs[0]).toMatchObject({ attempt, fence: attempt });
          await runner.complete(execution.id, attempt, makeFailure("function_error"));
        }
      })();
      await settle();
      await invoke(execution, 0);
      await world().clock.advance(60_000);
      await failures;
      expect(await world().status(execution.id)).toMatchObject({
        status: "dead",
        reason: "function_error",
        attempt: 3,
      });
      const { earlier, started_at } = await world().status(execution.id);
      const told = JSON.parse(String(earlier)) as Record<string, unknown>[];
      const error = { code: "function_error", message: "it failed" };
      expect(told).toMatchObject([
        { attempt: 1, runner: "one", reason: "function_error", error },
        { attempt: 2, runner: "one", reason: "function_error", error },
      ]);
      const times = [...told.flatMap((one) => [one.startedAt, one.endedAt]), started_at].map(Number);
      expect(times).toEqual([...times].sort((a, b) => a - b));
      expect(new Set(told.map((one) => one.endedAt)).size).toBe(2);
    });

    test("a waited-for call that fails is not retried", async () => {
      const runner = new PlayedRunner(world());
      await runner.join();
      const { execution, answer } = await runner.handed({ retry });
      await runner.complete(execution.id, 1, makeFailure("function_error"));
      expect(settledOf(await answer)).toMatchObject({ status: "failed", reason: "function_error" });
    });

    test("without an eligible runner a waited-for call ends after 10 s with the reason in words", async () => {
      const answer = invoke();
      await world().clock.advance(11_000);
      const settled = settledOf(await answer);
      expect(settled).toMatchObject({ status: "failed", reason: "no_runner" });
      expect(settled.error?.message).toContain('no runner has joined pool "default"');
    });

    test("cancelling queued work ends it; cancelling running work tells its runner and then ends it", async () => {
      const queued = newExecution(world(), { mode: "async" });
      await invoke(queued, 0);
      const cancelled = await world().hub.cancel({ project: "default", id: queued.id, reason: "cancelled" });
      expect(cancelled).toEqual({ status: "cancelled" });
      expect(await world().status(queued.id)).toMatchObject({ status: "cancelled" });

      const runner = new PlayedRunner(world());
      await runner.join();
      const { execution: running } = await runner.handed({ mode: "async", retry });
      const next = runner.sync({ running: [{ execution: running.id, fence: 1 }] });
      await settle();
      await world().hub.cancel({ project: "default", id: running.id, reason: "cancelled" });
      expect((await next).cancel).toMatchObject([{ execution: running.id, fence: 1, graceMs: 10_000 }]);
      await runner.complete(running.id, 1, makeFailure("function_error"));
      expect(await world().status(running.id)).toMatchObject({ status: "cancelled" });
    });

    test("the same idempotency key finds the first execution, and tells another request from the same", async () => {
      const idempotency = {
        scope: "fn_a/key_a",
        key: "k",
        fingerprint: "f1",
        expiresAt: world().clock.now() + 86_400_000,
      };
      const first = newExecution(world(), { mode: "async", idempotency });
      await invoke(first, 0);
      const again = await invoke(newExecution(world(), { mode: "async", idempotency }), 0);
      expect(again).toEqual({ kind: "duplicate", id: first.id, matches: true });
      const other = newExecution(world(), {
        mode: "async",
        idempotency: { ...idempotency, fingerprint: "f2" },
      });
      expect(await invoke(other, 0)).toEqual({ kind: "duplicate", id: first.id, matches: false });
      expect(await world().status(other.id)).toEqual({});
    });

    test("a cap holds: rejected at the limit, or queued until a slot of the function is free", async () => {
      const runner = new PlayedRunner(world(), { slots: 5 });
      await runner.join();
      const sync = runner.sync();
      await settle();
      const cap = { key: "fn_a", max: 1, onLimit: "queue" as const };
      const [first, second] = [
        newExecution(world(), { mode: "async", cap }),
        newExecution(world(), { mode: "async", cap }),
      ];
      await invoke(first, 0);
      await sync;
      await invoke(second, 0);
      expect(await world().status(second.id)).toMatchObject({ status: "queued" });
      const rejecting = newExecution(world(), { cap: { ...cap, onLimit: "reject" } });
      await expect(invoke(rejecting)).rejects.toMatchObject({ code: "over_capacity" });
      const next = runner.sync({ running: [{ execution: first.id, fence: 1 }] });
      await runner.complete(first.id, 1);
      expect((await next).jobs.map((job) => job.execution)).toEqual([second.id]);
    });

    test("a streamed response reaches the caller before it ends", async () => {
      const runner = new PlayedRunner(world());
      await runner.join();
      const { execution, answer } = await runner.handed();
      const pipe = new TransformStream<Uint8Array, Uint8Array>();
      const writer = pipe.writable.getWriter();
      const head = { status: 201, headers: [["content-type", "text/event-stream"]] as [string, string][] };
      const upload = world().hub.response(
        { holder: runner.holder, execution: execution.id, fence: 1, head, body: pipe.readable },
        never,
      );
      const streaming = await answer;
      if (streaming.kind !== "streaming") throw new Error(`expected a stream, got ${streaming.kind}`);
      expect(streaming).toMatchObject({ status: 201, attempt: 1 });
      const reader = streaming.body.getReader();
      void writer.write(new TextEncoder().encode("first"));
      expect(new TextDecoder().decode((await reader.read()).value)).toBe("first");
      void writer.close();
      expect((await reader.read()).done).toBe(true);
      expect(await upload).toEqual({ bytes: 5 });
      const response = { ...head, body: { streamed: true as const, bytes: 5, sha256: "0".repeat(64) } };
      await runner.complete(execution.id, 1, { response });
      expect(await world().status(execution.id)).toMatchObject({
        status: "succeeded",
        response_at: "inline",
      });
    });

    test("a caller who leaves a stream has its job told so, and the row ends cancelled", async () => {
      const runner = new PlayedRunner(world());
      await runner.join();
      const { execution, answer } = await runner.handed();
      const next = runner.sync({ running: [{ execution: execution.id, fence: 1 }] });
      const endless = new ReadableStream<Uint8Array>({
        pull: (controller) => controller.enqueue(new Uint8Array(65_536)),
      });
      const args = {
        holder: runner.holder,
        execution: execution.id,
        fence: 1,
        head: { status: 200, headers: [] },
      };
      const upload = expect(world().hub.response({ ...args, body: endless }, never)).rejects.toMatchObject({
        code: "cancelled",
      });
      const streaming = await answer;
      if (streaming.kind !== "streaming") throw new Error(`expected a stream, got ${streaming.kind}`);
      await streaming.body.cancel();
      await upload;
      expect((await next).cancel).toMatchObject([{ execution: execution.id, reason: "disconnected" }]);
    });

    test("a job goes only to a runner with its runtime and labels", async () => {
      const plain = new PlayedRunner(world(), { name: "plain" });
      const gpu = new PlayedRunner(world(), { name: "gpu", labels: { gpu: "1" } });
      await plain.join();
      await gpu.join();
      const [plainSync, gpuSync] = [plain.sync(), gpu.sync()];
      await settle();
      const requires = { runtime: "typescript", labels: { gpu: "1" }, arch: null };
      const execution = newExecution(world(), { mode: "async", requires });
      await invoke(execution, 0);
      expect((await gpuSync).jobs.map((job) => job.execution)).toEqual([execution.id]);
      await world().clock.advance(31_000);
      expect((await plainSync).jobs).toEqual([]);
    });

    test("a finished execution answers a later wait from its row", async () => {
      const runner = new PlayedRunner(world());
      await runner.join();
      const { execution } = await runner.handed({ mode: "async" });
      const waiting = world().hub.wait({ id: execution.id, waitMs: 5000 }, never);
      await runner.complete(execution.id, 1);
      expect(settledOf(await waiting)).toMatchObject({ status: "succeeded", response: { status: 200 } });
      const later = await world().hub.wait({ id: execution.id, waitMs: 5000 }, never);
      expect(settledOf(later)).toMatchObject({ status: "succeeded", response: { status: 200 } });
      await expect(world().hub.wait({ id: "exe_none", waitMs: 1 }, never)).rejects.toMatchObject({
        code: "not_found",
      });
    });
  });
}
