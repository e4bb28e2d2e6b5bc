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

/** What every hub does when a runner is silent, slow, double, gone or new, and when it begins anew itself: nobody runs a job that is another's. */
export function hubLeasesSuite(title: string, wrap: (hub: Hub) => Hub): void {
  describe(`${title}: leases`, () => {
    const world = worldOfEach(wrap);
    const once = () => {
      const execution = newExecution(world(), { mode: "async" });
      return { ...execution, job: { ...execution.job, delivery: "atMostOnce" as const } };
    };
    const invoke = (execution = newExecution(world()), waitMs = 60_000) =>
      world().hub.invoke({ execution, waitMs, body: null }, never);

    test("an offer that nobody acknowledges within 3 s is offered again under a higher fence, as the same attempt", async () => {
      const [deaf, other] = [
        new PlayedRunner(world(), { name: "deaf" }),
        new PlayedRunner(world(), { name: "other" }),
      ];
      await deaf.join();
      const lost = deaf.sync();
      await settle();
      const execution = newExecution(world());
      const answer = invoke(execution);
      await lost;
      await other.join();
      const sync = other.sync();
      await world().clock.advance(4000);
      const [job] = (await sync).jobs;
      expect(job).toMatchObject({ execution: execution.id, fence: 2, attempt: 1 });
      expect(await deaf.complete(execution.id, 1)).toMatchObject({ results: [{ result: "fenced" }] });
      await other.complete(execution.id, 2);
      expect(settledOf(await answer)).toMatchObject({ status: "succeeded" });
      expect(await world().status(execution.id)).toMatchObject({
        redeliveries: 1,
        losses: 0,
        retries_used: 0,
      });
    });

    test("a sync that names the job acknowledges it", async () => {
      const runner = new PlayedRunner(world());
      await runner.join();
      const { execution } = await runner.handed({ mode: "async" });
      void runner.sync({ running: [{ execution: execution.id, fence: 1 }] });
      await world().clock.advance(10_000);
      expect(await world().status(execution.id)).toMatchObject({ status: "running", fence: 1 });
    });

    test("a completion repeated under the same fence is ok again and changes nothing", async () => {
      const runner = new PlayedRunner(world());
      await runner.join();
      const { execution } = await runner.handed({ mode: "async" });
      await runner.complete(execution.id, 1);
      const before = await world().status(execution.id);
      expect(await runner.complete(execution.id, 1)).toMatchObject({ results: [{ result: "ok" }] });
      const other = await runner.complete(execution.id, 1, makeFailure("function_error"));
      expect(other).toMatchObject({ results: [{ result: "fenced" }] });
      expect(await world().status(execution.id)).toEqual(before);
    });

    test("a silent runner's asynchronous work is given away after 70 s and the boot grace, as a loss", async () => {
      const runner = new PlayedRunner(world());
      await runner.join();
      await world().clock.advance(80_000);
      const { execution } = await runner.handed({ mode: "async", retry });
      await world().hub.renew({ holder: runner.holder, running: [{ execution: execution.id, fence: 1 }] });
      const other = new PlayedRunner(world(), { name: "other" });
      await other.join();
      const taken = (async () => {
        for (;;) {
          const { jobs } = await other.sync();
          if (jobs.length > 0) return jobs;
        }
      })();
      await world().clock.advance(60_000);
      expect(await world().status(execution.id)).toMatchObject({ status: "running", losses: 0 });
      await world().clock.advance(15_000);
      expect(await taken).toMatchObject([{ execution: execution.id, fence: 2, attempt: 2 }]);
      expect(await world().status(execution.id)).toMatchObject({ losses: 1, retries_used: 0 });
    });

    test("a newer session of the same runner supersedes the older one", async () => {
      const older = new PlayedRunner(world());
      await older.join();
      const parked = older.sync();
      const refused = expect(parked).rejects.toMatchObject({ code: "session_superseded" });
      await settle();
      const newer = new PlayedRunner(world(), { epoch: 2, instanceId: "i2" });
      await newer.join();
      await refused;
      await expect(older.sync()).rejects.toMatchObject({ code: "session_superseded" });
    });

    test("a revoked runner is refused and its work is resolved at once", async () => {
      const runner = new PlayedRunner(world());
      await runner.join();
      const { answer } = await runner.handed();
      world().runners.delete(runner.record.id);
      await world().hub.runnerChanged({ id: runner.record.id, record: null });
      expect(settledOf(await answer)).toMatchObject({ status: "failed", reason: "lost" });
      await expect(runner.sync()).rejects.toMatchObject({ code: "invalid_credential" });
    });

    test("after a restart of the hub the running job goes on and settles under its fence", async () => {
      const runner = new PlayedRunner(world());
      await runner.join();
      const { execution } = await runner.handed({ mode: "async" });
      await world().restart();
      void runner.sync({ running: [{ execution: execution.id, fence: 1 }] });
      await world().clock.advance(5000);
      expect(await world().status(execution.id)).toMatchObject({ status: "running", fence: 1 });
      expect(await runner.complete(execution.id, 1)).toMatchObject({ results: [{ result: "ok" }] });
      expect(await world().status(execution.id)).toMatchObject({ status: "succeeded" });
    });

    test("after a restart, an offer that two syncs do not name is offered again", async () => {
      const runner = new PlayedRunner(world());
      await runner.join();
      const { execution } = await runner.handed({ mode: "async" });
      await world().restart();
      // The first may have been written before the job came; it is answered at once.
      expect((await runner.sync()).jobs).toEqual([]);
      const again = await runner.sync();
      expect(again.jobs).toMatchObject([{ execution: execution.id, fence: 2, attempt: 1 }]);
    });

    test("a hand-out that may have reached its runner counts as a redelivery when the runner starts anew", async () => {
      const runner = new PlayedRunner(world());
      await runner.join();
      const { execution } = await runner.handed({ mode: "async" });
      await new PlayedRunner(world(), { epoch: 2, instanceId: "i2" }).join();
      expect(await world().status(execution.id)).toMatchObject({ attempt: 1, redeliveries: 1, losses: 0 });
    });

    test("at-most-once work that began is lost, not begun again, when hub and runner both start anew", async () => {
      const runner = new PlayedRunner(world());
      await runner.join();
      const { execution } = await runner.handed(once());
      const gate = { holder: runner.holder, execution: execution.id, fence: 1 };
      await world().hub.start({ ...gate, instanceId: "i1" });
      await world().restart();
      const newer = new PlayedRunner(world(), { epoch: 2, instanceId: "i2" });
      await newer.join();
      expect(await world().status(execution.id)).toMatchObject({ status: "lost", reason: "infrastructure" });
    });

    test("at-most-once work that was acknowledged and did not begin is handed out again", async () => {
      const runner = new PlayedRunner(world());
      await runner.join();
      const { execution } = await runner.handed(once());
      await world().hub.renew({ holder: runner.holder, running: [{ execution: execution.id, fence: 1 }] });
      await world().clock.advance(5000);
      expect(await world().status(execution.id)).toMatchObject({ status: "offered" });
      await world().restart();
      const newer = new PlayedRunner(world(), { epoch: 2, instanceId: "i2" });
      await newer.join();
      expect((await newer.sync()).jobs).toMatchObject([{ execution: execution.id, fence: 2 }]);
    });

    test("the start gate opens once, for one process, and not after a cancellation", async () => {
      const runner = new PlayedRunner(world());
      await runner.join();
      const { execution } = await runner.handed({ mode: "async" });
      const gate = { holder: runner.holder, execution: execution.id, fence: 1 };
      expect(await world().hub.start({ ...gate, instanceId: "i1" })).toEqual({ timeoutMs: 60_000 });
      expect(await world().hub.start({ ...gate, instanceId: "i1" })).toEqual({ timeoutMs: 60_000 });
      await expect(world().hub.start({ ...gate, instanceId: "i2" })).rejects.toMatchObject({
        code: "fenced",
      });
      expect(await world().status(execution.id)).toMatchObject({ status: "running" });
    });
  });
}
