import { beforeEach, describe, expect, test } from "vitest";
import type { Hub } from "../hub.ts";
import { never, newExecution, PlayedRunner, settle, settledOf, worldOfEach } from "./world.suite.ts";

/** What every hub keeps besides handing work out: who follows what, bodies, caps, and what it tells of runners. */
export function hubRestSuite(name: string, wrap: (hub: Hub) => Hub): void {
  describe(`${name}: the rest`, () => {
    const world = worldOfEach(wrap);
    let runner: PlayedRunner;
    beforeEach(async () => {
      runner = new PlayedRunner(world());
      await runner.join();
    });

    test("who follows a project is woken by each change and by nothing else, at the latest when it asked", async () => {
      const follow = (ticket: number | null) =>
        world().hub.watchEvents({ project: "default", ticket, waitMs: 15_000 }, never);
      const first = await follow(null);
      let next = follow(first.ticket);
      await world().hub.changed({ project: "another" });
      await world().clock.advance(15_000);
      expect(await next).toEqual(first);
      next = follow(first.ticket);
      await settle();
      await world().hub.changed({ project: "default" });
      const second = await next;
      expect(second.ticket).toBeGreaterThan(first.ticket);
      // Work that arrives in the queue is news as well.
      next = follow(second.ticket);
      await settle();
      const execution = newExecution(world(), { mode: "async", runAt: world().clock.now() + 60_000 });
      await world().hub.invoke({ execution, waitMs: 0, body: null }, never);
      expect((await next).ticket).toBeGreaterThan(second.ticket);
    });

    test("what was done is counted, with who is there", async () => {
      const execution = newExecution(world(), { mode: "async" });
      await world().hub.invoke({ execution, waitMs: 0, body: null }, never);
      const [job] = (await runner.sync()).jobs;
      const measured = async () => {
        const pools = [{ project: "default", pool: "default" }];
        const { parts, silent } = await world().hub.measures({ pools });
        const writes = parts.flatMap(({ commits }) => commits.counts).reduce((sum, one) => sum + one, 0);
        return { silent, writes, pools: parts.flatMap((part) => part.pools) };
      };
      expect((await measured()).pools[0]?.live).toMatchObject({ up: 1, taking: 1, used: 1 });
      await runner.complete(execution.id, job?.fence ?? 0, { timing: { runMs: 3, start: "warm" } });
      const { silent, writes, pools } = await measured();
      expect(silent).toBe(0);
      expect(pools[0]).toMatchObject({
        ...{ project: "default", pool: "default", live: { up: 1, used: 0 } },
        ends: [{ kind: "function", status: "succeeded", count: 1 }],
        starts: [{ start: "warm", count: 1 }],
      });
      expect(writes).toBeGreaterThan(0);
    });

    test("what callers have left of their rates is counted here, for each project alone", async () => {
      const take = async (project: string) => {
        const [left] = await world().hub.take({ project, takes: [{ bucket: "key_a", perMinute: 2 }] });
        return left;
      };
      expect(await take("default")).toEqual({ allowed: true, remaining: 1, retryAfter: 0, reset: 30 });
      expect(await take("default")).toMatchObject({ allowed: true, remaining: 0 });
      expect(await take("default")).toMatchObject({ allowed: false, retryAfter: 30, reset: 60 });
      expect(await take("other")).toMatchObject({ allowed: true });
    });

    test("who follows a log is woken by its lines and told when the execution is over", async () => {
      const { execution, held } = await runner.handed({ mode: "async" });
      const follow = (ticket: number | null) =>
        world().hub.watchLogs({ id: execution.id, ticket, waitMs: 15_000 }, never);
      const first = await follow(null);
      expect(first.ended).toBe(false);
      const next = follow(first.ticket);
      await settle();
      const { holder, fence } = held;
      expect(await world().hub.logged({ holder, id: execution.id, fence })).toEqual({
        watched: true,
        cancelled: false,
      });
      expect((await next).ticket).toBeGreaterThan(first.ticket);
      await runner.complete(execution.id, 1);
      expect((await follow(null)).ended).toBe(true);
      expect((await world().hub.watchLogs({ id: "exe_none", ticket: null, waitMs: 0 }, never)).ended).toBe(
        true,
      );
    });

    test("a caller's body is read once, a stored one from elsewhere", async () => {
      const plain = newExecution(world());
      const withBody = (at: "piped" | "stored") =>
        ({
          ...plain.job,
          spec: {
            ...(plain.job as never as { spec: object }).spec,
            body: at === "piped" ? { at } : { at, bytes: 5 },
          },
        }) as typeof plain.job;
      const piped = await runner.handed(
        { ...plain, job: withBody("piped") },
        new Blob(["of the caller"]).stream(),
      );
      const found = await world().hub.request(piped.held);
      if (found === "stored") throw new Error("expected a stream");
      expect(await new Response(found.stream).text()).toBe("of the caller");
      await expect(world().hub.request(piped.held)).rejects.toMatchObject({ code: "request_consumed" });
      await runner.complete(plain.id, 1);
      expect(settledOf(await piped.answer).status).toBe("succeeded");
      const other = newExecution(world(), { mode: "async" });
      const stored = await runner.handed({ ...other, job: { ...withBody("stored"), execution: other.id } });
      expect(await world().hub.request(stored.held)).toBe("stored");
    });

    test("what a runner holds is told to it alone, and given back work is offered again", async () => {
      const { execution, held } = await runner.handed({ mode: "async" });
      expect(await world().hub.holding(held)).toEqual({
        project: "default",
        attempt: 1,
        depth: 0,
        name: "hello",
        traceparent: null,
      });
      await expect(world().hub.holding({ ...held, fence: 2 })).rejects.toMatchObject({ code: "fenced" });
      await world().hub.release({ ...held, reason: "drained", started: false });
      const again = await runner.sync();
      expect(again.jobs).toMatchObject([{ execution: execution.id, fence: 2, attempt: 1 }]);
    });

    test("a runner that leaves loses what it held, and is not shown as alive", async () => {
      const { execution } = await runner.handed({ mode: "async" });
      const ids = [runner.record.id, "rnr_none"];
      expect(await world().hub.runnersLive({ ids })).toMatchObject([{ id: runner.record.id, running: 1 }]);
      await world().hub.endSession({ holder: runner.holder });
      expect(await world().hub.runnersLive({ ids })).toEqual([]);
      expect(await world().status(execution.id)).toMatchObject({ status: "queued", losses: 1 });
    });

    test("why a job waits is said in words: nobody fits, or its cap is reached", async () => {
      const requires = { runtime: "python", labels: {}, arch: null };
      const scope = { project: "default", pool: "default" };
      expect(await world().hub.explain({ ...scope, requires })).toMatch(/python/);
      const cap = { key: "fn_a", max: 1, onLimit: "queue" as const };
      await runner.handed({ mode: "async", cap });
      const fits = { ...requires, runtime: "typescript" };
      expect(await world().hub.explain({ ...scope, requires: fits, cap })).toMatch(/1 at once/);
    });

    test("a raised cap lets what waits go on", async () => {
      const cap = { key: "fn_a", max: 1, onLimit: "queue" as const };
      await runner.handed({ mode: "async", cap });
      const waiting = newExecution(world(), { mode: "async", cap });
      await world().hub.invoke({ execution: waiting, waitMs: 0, body: null }, never);
      const next = runner.sync();
      await world().clock.advance(1000);
      await world().hub.capChanged({ key: cap.key, max: 2 });
      expect((await next).jobs.map((job) => job.execution)).toEqual([waiting.id]);
    });

    test("a runner that has not heard to go on, or to drain, is told again with each answer until it says so", async () => {
      const told = async (state: "active" | "draining") => {
        const sync = runner.sync({ state });
        await settle();
        await world().clock.advance(31_000);
        return (await sync).commands.map(({ type }) => type);
      };
      expect(await told("draining")).toEqual(["resume"]);
      expect(await told("draining")).toEqual(["resume"]);
      expect(await told("active")).toEqual([]);
      const record = { ...runner.record, state: "draining" as const };
      await world().hub.runnerChanged({ id: runner.record.id, record });
      expect(await told("active")).toEqual(["drain"]);
      expect(await told("active")).toEqual(["drain"]);
      expect(await told("draining")).toEqual([]);
    });

    test("a drained runner is told so and gets nothing new; a revoked one is shut out", async () => {
      const sync = runner.sync();
      await settle();
      await world().hub.runnerChanged({
        id: runner.record.id,
        record: { ...runner.record, state: "draining" },
      });
      expect((await sync).commands).toMatchObject([{ type: "drain" }]);
      const execution = newExecution(world(), { mode: "async" });
      await world().hub.invoke({ execution, waitMs: 0, body: null }, never);
      const parked = runner.sync().then(
        () => "answered",
        (error: { code: string }) => error.code,
      );
      await settle();
      world().runners.delete(runner.record.id);
      await world().hub.runnerChanged({ id: runner.record.id, record: null });
      expect(await parked).toBe("session_superseded");
      await expect(runner.sync()).rejects.toMatchObject({ code: "invalid_credential" });
    });
  });
}
