import type { OnLost } from "@pulse/schema/wire/manifest";
import { describe, expect, test } from "vitest";
import type { Hub } from "../hub.ts";
import { makeFailure, never, newExecution, PlayedRunner, worldOfEach } from "./world.suite.ts";

const minute = 60_000;

/** What every hub does with at-most-once work whose runner is silent, and with work under which runners crash. */
export function hubFatesSuite(title: string, wrap: (hub: Hub) => Hub): void {
  describe(`${title}: fates`, () => {
    const world = worldOfEach(wrap);

    /** At-most-once work with this setting that passed the start gate of a runner; the boot grace is over. */
    async function begun(onLost: OnLost, name = "one") {
      await world().clock.advance(80_000);
      const runner = new PlayedRunner(world(), { name });
      await runner.join();
      const { job, ...execution } = newExecution(world(), { mode: "async" });
      if (job.kind !== "function") throw new Error("expected a function");
      const settings = { ...job.spec.settings, onLost };
      const spec = { ...job.spec, settings };
      const { execution: made } = await runner.handed({
        ...execution,
        job: { ...job, delivery: "atMostOnce", spec },
      });
      const gate = { holder: runner.holder, execution: made.id, fence: 1 };
      await world().hub.start({ ...gate, instanceId: "i1" });
      return { runner, id: made.id };
    }
    const status = (id: string) => world().status(id);

    test("the runner of work that began may be silent for 5 minutes; then it is lost", async () => {
      const { id } = await begun("fail");
      await world().clock.advance(4.9 * minute);
      expect(await status(id)).toMatchObject({ status: "running", fence: 1 });
      await world().clock.advance(0.2 * minute);
      expect(await status(id)).toMatchObject({ status: "lost", reason: "lost" });
    });

    test("an outcome within that time is accepted and marked late; one after it changes nothing", async () => {
      const one = await begun("fail");
      await world().clock.advance(3 * minute);
      expect(await one.runner.complete(one.id, 1)).toMatchObject({ results: [{ result: "ok" }] });
      expect(await status(one.id)).toMatchObject({ status: "succeeded", late: 1 });
      const other = await begun("fail", "other");
      await world().clock.advance(6 * minute);
      await new PlayedRunner(world(), { name: "other", epoch: 1 }).join();
      expect(await other.runner.complete(other.id, 1)).toMatchObject({ results: [{ result: "fenced" }] });
      expect(await status(other.id)).toMatchObject({ status: "lost", late: 0 });
    });

    test("a runner that was silent for two minutes and lists the work again is not late", async () => {
      const { id, runner } = await begun("fail");
      await world().clock.advance(2 * minute);
      await world().hub.renew({ holder: runner.holder, running: [{ execution: id, fence: 1 }] });
      await world().clock.advance(4 * minute);
      expect(await status(id)).toMatchObject({ status: "running" });
      await world().hub.renew({ holder: runner.holder, running: [{ execution: id, fence: 1 }] });
      await runner.complete(id, 1);
      expect(await status(id)).toMatchObject({ status: "succeeded", late: 0 });
    });

    test("with wait the runner has a day to report", async () => {
      const { id, runner } = await begun("wait");
      await world().clock.advance(23 * 60 * minute);
      expect(await status(id)).toMatchObject({ status: "running" });
      await runner.complete(id, 1, makeFailure("function_error"));
      expect(await status(id)).toMatchObject({ status: "failed", late: 1 });
      const other = await begun("wait", "other");
      await world().clock.advance(25 * 60 * minute);
      expect(await status(other.id)).toMatchObject({ status: "lost" });
    });

    test("what was cancelled is not waited for a day, and does not begin again", async () => {
      for (const onLost of ["wait", "retry"] as const) {
        const { id } = await begun(onLost, onLost);
        await world().hub.cancel({ project: "default", id, reason: "cancelled" });
        await world().clock.advance(4.9 * minute);
        expect(await status(id)).toMatchObject({ status: "running" });
        await world().clock.advance(0.2 * minute);
        expect(await status(id)).toMatchObject({ status: "cancelled" });
      }
    });

    test("with retry it begins again after 5 minutes, under a higher fence, as a loss", async () => {
      const { id, runner } = await begun("retry");
      await world().clock.advance(5.1 * minute);
      expect(await status(id)).toMatchObject({ status: "queued", losses: 1 });
      const other = new PlayedRunner(world(), { name: "other" });
      await other.join();
      expect((await other.sync()).jobs).toMatchObject([{ execution: id, fence: 2, attempt: 2 }]);
      expect(await runner.complete(id, 1)).toMatchObject({ results: [{ result: "fenced" }] });
      expect(await status(id)).toMatchObject({ status: "offered", fence: 2 });
    });

    test("a hub that starts anew goes on waiting, and ends what nobody reports", async () => {
      const { id } = await begun("fail");
      await world().clock.advance(2 * minute);
      await world().restart();
      await world().clock.advance(4 * minute);
      expect(await status(id)).toMatchObject({ status: "running" });
      await world().clock.advance(1.1 * minute);
      expect(await status(id)).toMatchObject({ status: "lost" });
    });

    test.each([
      ["fail", { status: "lost", reason: "infrastructure" }],
      ["wait", { status: "lost", reason: "infrastructure" }],
      ["retry", { status: "queued", losses: 1 }],
    ] as const)(
      "a runner that comes back without it settles the matter at once: %s",
      async (onLost, expected) => {
        const { id } = await begun(onLost);
        await new PlayedRunner(world(), { epoch: 2, instanceId: "i2" }).join();
        expect(await status(id)).toMatchObject(expected);
      },
    );

    /** Another life of the runner: it takes what waits and runs it. That of the life before ended with its process. */
    async function live(n: number) {
      await world().clock.advance(5000);
      const runner = new PlayedRunner(world(), { epoch: n, instanceId: `i${n}` });
      await runner.join();
      await world().clock.advance(5000);
      const { jobs } = await runner.sync({ free: 2 });
      const running = jobs.map(({ execution, fence }) => ({ execution, fence }));
      await world().hub.renew({ holder: runner.holder, running });
      // By now the rows say that it runs.
      await world().clock.advance(2000);
      return jobs.map(({ execution }) => execution);
    }
    async function submit() {
      const execution = newExecution(world(), { mode: "async" });
      await world().hub.invoke({ execution, waitMs: 0, body: null }, never);
      return execution.id;
    }

    test("work under which its runner crashes twice, alone, is poison", async () => {
      const id = await submit();
      expect(await live(1)).toEqual([id]);
      expect(await live(2)).toEqual([id]);
      expect(await status(id)).toMatchObject({ suspicion: 2, losses: 1, attempt: 2 });
      await new PlayedRunner(world(), { epoch: 3, instanceId: "i3" }).join();
      expect(await status(id)).toMatchObject({ status: "dead", reason: "poison" });
    });

    test("that counts too where the next process first sends the last lines of it, and what had ended is no suspect", async () => {
      const id = await submit();
      await live(1);
      const held = { execution: id, fence: 1 };
      const second = new PlayedRunner(world(), { epoch: 2, instanceId: "i2" });
      const { reconcile } = await second.join([{ ...held, state: "running" }]);
      expect(reconcile).toMatchObject([{ action: "continue" }]);
      await world().hub.release({ holder: second.holder, ...held, reason: "infrastructure", started: true });
      expect(await status(id)).toMatchObject({ status: "queued", suspicion: 2, losses: 1 });
      await world().clock.advance(5000);
      const { jobs } = await second.sync({ free: 2 });
      const finished = jobs.map(({ execution, fence }) => ({ execution, fence, state: "finished" as const }));
      const third = new PlayedRunner(world(), { epoch: 3, instanceId: "i3" });
      expect((await third.join(finished)).reconcile).toMatchObject([{ action: "report" }]);
      expect(await status(id)).toMatchObject({ suspicion: 2, losses: 1 });
    });

    test("work that was not alone is tried a third time, for nobody knows which one it was", async () => {
      const ids = [await submit(), await submit()].sort();
      for (const n of [1, 2, 3]) expect((await live(n)).sort()).toEqual(ids);
      for (const id of ids) expect(await status(id)).toMatchObject({ suspicion: 2, losses: 2 });
      await new PlayedRunner(world(), { epoch: 4, instanceId: "i4" }).join();
      for (const id of ids) expect(await status(id)).toMatchObject({ status: "dead", reason: "poison" });
    });

    test("a crash counts when the hub starts anew in between too", async () => {
      const id = await submit();
      await live(1);
      await world().restart();
      await live(2);
      await world().restart();
      await new PlayedRunner(world(), { epoch: 3, instanceId: "i3" }).join();
      expect(await status(id)).toMatchObject({ status: "dead", reason: "poison" });
    });

    test("work that is given back by a runner which goes politely is no suspect", async () => {
      const runner = new PlayedRunner(world());
      await runner.join();
      const { execution, held } = await runner.handed({ mode: "async" });
      await world().hub.release({ ...held, reason: "drained", started: true });
      await new PlayedRunner(world(), { epoch: 2, instanceId: "i2" }).join();
      expect(await status(execution.id)).toMatchObject({ suspicion: 0, losses: 1 });
    });
  });
}
