import { beforeAll, describe, expect, test } from "vitest";
import { until } from "../platforms/node.ts";
import { executionOf, type World } from "../world.ts";

const slow = {
  "index.ts":
    "export const handler = (e, ctx) => new Promise((r) => setTimeout(() => r({ attempt: ctx.attempt }), e.ms ?? 0));",
};

/** Submits an asynchronous call of `slow`; answers its id. */
export async function submitSlow(world: World, ms: number): Promise<string> {
  const init = { method: "POST", body: JSON.stringify({ ms }), headers: { prefer: "respond-async" } };
  const response = await world.call("/f/slow", init);
  expect(response.status).toBe(202);
  return ((await response.json()) as { id: string }).id;
}

/** Deploys `slow`, which answers its attempt after `ms` milliseconds. */
export async function deploySlow(world: World, name = "slow"): Promise<void> {
  await world.deploy(name, slow);
}

/** Gateways and runners die; nothing that was accepted is lost. Runs last: it leaves another runner than it found. */
export function faultsSuite(current: () => World): void {
  describe("processes die", () => {
    beforeAll(() => deploySlow(current()));

    test("a gateway that is killed loses no accepted work, and the running job settles as its first attempt", async () => {
      const world = current();
      const running = await submitSlow(world, 6000);
      await until("it runs", async () =>
        (await world.execution(running)).status === "running" ? true : null,
      );
      const queued = await Promise.all(Array.from({ length: 20 }, () => submitSlow(world, 1)));
      await world.crashGateway();
      expect(await world.ended(running)).toMatchObject({ status: "succeeded", attempt: 1, losses: 0 });
      for (const id of queued) expect(await world.ended(id)).toMatchObject({ status: "succeeded" });
    });

    test("a job that came with a completion runs once, however long it is", async () => {
      const world = current();
      await world.deploy("once", {
        "index.ts":
          "export const handler = async (e) => { console.log('run'); await new Promise((r) => setTimeout(r, 5000)); };",
      });
      const call = async () => {
        const response = await world.call("/f/once", {
          method: "POST",
          body: "{}",
          headers: { prefer: "respond-async" },
        });
        return ((await response.json()) as { id: string }).id;
      };
      const ids = await Promise.all(Array.from({ length: 8 }, call));
      for (const id of ids) {
        expect(await world.ended(id)).toMatchObject({ status: "succeeded", attempt: 1 });
        const logs = await world.call(`/v1/executions/${id}/logs`, { headers: { accept: "text/plain" } });
        expect((await logs.text()).match(/stdout run/g)).toHaveLength(1);
      }
    });

    test("a runner that stops politely finishes what it has, and another one goes on", async () => {
      const world = current();
      const second = await world.startRunner("second");
      await world.runner?.stop();
      world.runner = second;
      const id = await submitSlow(world, 2000);
      await until("it runs", async () => ((await world.execution(id)).status === "running" ? true : null));
      const third = await world.startRunner("third");
      await second.stop();
      expect(await second.exited).toBe(0);
      expect(await world.ended(id)).toMatchObject({
        status: "succeeded",
        attempt: 1,
        losses: 0,
        runner: "second",
      });
      world.runner = third;
      expect(await world.ended(await submitSlow(world, 1))).toMatchObject({
        status: "succeeded",
        runner: "third",
      });
    });

    test("a runner process that is killed and started again has its job tried again at once", async () => {
      const world = current();
      const files = {
        "index.ts":
          "export const handler = (e, ctx) => new Promise((r) => setTimeout(() => r(ctx.attempt), ctx.attempt === 1 ? 60000 : 0));",
      };
      await world.deploy("hangs-once", files);
      const init = { method: "POST", body: "{}", headers: { prefer: "respond-async" } };
      const { id } = (await (await world.call("/f/hangs-once", init)).json()) as { id: string };
      await until("it runs", async () => ((await world.execution(id)).status === "running" ? true : null));
      const begun = Date.now();
      await world.runner?.kill();
      world.runner = await world.startRunner("third");
      expect(await world.ended(id)).toMatchObject({
        status: "succeeded",
        attempt: 2,
        losses: 1,
        retriesUsed: 0,
      });
      // Long before the lease would have run out.
      expect(Date.now() - begun).toBeLessThan(60_000);
    });

    test("work under which the runner's process ends twice is dead of poison; begun at-most-once work is lost, or begins again as it is set", async () => {
      const world = current();
      const hangs = {
        "index.ts":
          "export const handler = (e, ctx) => ctx.attempt === 1 || e.always ? new Promise(() => {}) : ctx.attempt;",
      };
      await world.deploy("hangs", hangs);
      await world.deploy("hangs-lost", hangs, { settings: { delivery: "atMostOnce" } });
      await world.deploy("hangs-again", hangs, { settings: { delivery: "atMostOnce", onLost: "retry" } });
      const submit = async (name: string) => {
        const init = { method: "POST", body: '{"always":true}', headers: { prefer: "respond-async" } };
        const answer = await world.call(`/f/${name}`, { ...init, body: name === "hangs" ? init.body : "{}" });
        const { id } = (await answer.json()) as { id: string };
        return id;
      };
      const runs = (id: string, attempt: number) =>
        until(`attempt ${attempt} runs`, async () => {
          const one = await world.execution(id);
          return one.status === "running" && one.attempt === attempt ? true : null;
        });
      const crash = async () => {
        await world.runner?.kill();
        world.runner = await world.startRunner("third");
      };
      // From here on the runner that crashes is the one that comes back.
      await world.runner?.stop();
      world.runner = await world.startRunner("third");
      const poison = await submit("hangs");
      await runs(poison, 1);
      await crash();
      await runs(poison, 2);
      await crash();
      expect(await world.ended(poison)).toMatchObject({ status: "dead", reason: "poison", attempt: 2 });
      const [lost, again] = [await submit("hangs-lost"), await submit("hangs-again")];
      await runs(lost, 1);
      await runs(again, 1);
      await crash();
      expect(await world.ended(lost)).toMatchObject({ status: "lost", attempt: 1 });
      expect(await world.ended(again)).toMatchObject({ status: "succeeded", attempt: 2, losses: 1 });
    });

    test("a runner that vanishes between offer and acknowledgement costs no attempt: another one gets the job", async () => {
      const world = current();
      const frozen = world.runner;
      frozen?.child.kill("SIGSTOP");
      const call = world.call("/f/slow", { method: "POST", body: '{"ms":1}' });
      const other = await world.startRunner("fourth");
      const response = await call;
      expect(await response.json()).toEqual({ attempt: 1 });
      expect(await world.execution(executionOf(response))).toMatchObject({
        status: "succeeded",
        attempt: 1,
        losses: 0,
        runner: "fourth",
      });
      frozen?.child.kill("SIGCONT");
      // What it was handed meanwhile is fenced: the answer stands.
      expect(await world.ended(executionOf(response))).toMatchObject({
        status: "succeeded",
        runner: "fourth",
      });
      await frozen?.stop();
      world.runner = other;
    });
  });
}
