import type { CommandEnd } from "@pulse/schema/wire/command";
import { describe, expect, test } from "vitest";
import { type CommandAsked, commandExecution } from "../commands/command-execution.ts";
import type { Hub, NewExecution } from "../hub.ts";
import {
  makeOutcome,
  never,
  newExecution,
  PlayedRunner,
  settle,
  settledOf,
  worldOfEach,
} from "./world.suite.ts";

/** What every hub does with commands for the machine that a runner is on. */
export function hubCommandsSuite(title: string, wrap: (hub: Hub) => Hub): void {
  describe(`${title}: commands`, () => {
    const world = worldOfEach(wrap);

    /** A command for this runner; null: for any that takes commands. */
    function aCommand(runner: string | null, change: Partial<CommandAsked> = {}): NewExecution {
      const { id, createdAt } = newExecution(world());
      return commandExecution({
        ...{ id, createdAt, runner, project: "default", pool: "default", timeoutMs: 60_000 },
        ...{ delivery: "atMostOnce", mode: "async", expiresAt: null, parentId: null, caller: null },
        spec: {
          name: "Look around",
          work: { is: "command", text: "uname -r" },
          trigger: { type: "workflow" },
        },
        ...change,
      });
    }
    /** Submits a command while its runner's poll is parked; resolves when it was handed out. */
    async function given(runner: PlayedRunner) {
      const execution = aCommand(runner.record.id);
      const sync = runner.sync();
      await settle();
      await world().hub.invoke({ execution, waitMs: 0, body: null }, never);
      await sync;
      return { execution, gate: { holder: runner.holder, execution: execution.id, fence: 1 } };
    }
    /** The next process of the runner. */
    async function restarted(inFlight: Parameters<PlayedRunner["join"]>[0] = []) {
      const change = { epoch: 2, instanceId: "i2", capabilities: ["commands"] };
      const runner = new PlayedRunner(world(), { name: "one", ...change });
      const { reconcile } = await runner.join(inFlight);
      expect(reconcile.map(({ action }) => action)).toEqual(inFlight.map(() => "continue"));
      return runner;
    }
    async function joined(name: string, capabilities = ["process", "commands"]) {
      const runner = new PlayedRunner(world(), { name, capabilities });
      await runner.join();
      return runner;
    }
    const end: CommandEnd = { exitCode: 0, signal: null, stdout: "6.1.0", stdoutTruncated: false };

    test("a command goes to the runner that it is for, and to nobody else", async () => {
      const [one, two] = [await joined("one"), await joined("two")];
      const atOne = one.sync();
      const atTwo = two.sync();
      await settle();
      const execution = aCommand(two.record.id);
      await world().hub.invoke({ execution, waitMs: 0, body: null }, never);
      const [job] = (await atTwo).jobs;
      expect(job).toMatchObject({ kind: "command", execution: execution.id, fence: 1, secrets: null });
      expect(await world().status(execution.id)).toMatchObject({
        ...{ kind: "command", name: "Look around", version: null, trigger_type: "workflow" },
        ...{ delivery: "atMostOnce", runner_name: "two", status: "offered" },
      });
      await world().clock.advance(30_000);
      expect((await atOne).jobs).toEqual([]);
    });

    test("nothing begins before its start, and its end is kept with its output", async () => {
      const runner = await joined("one");
      const execution = aCommand(runner.record.id, { mode: "sync" });
      const sync = runner.sync();
      await settle();
      const answer = world().hub.invoke({ execution, waitMs: 60_000, body: null }, never);
      await sync;
      const gate = { holder: runner.holder, execution: execution.id, fence: 1, instanceId: "i1" };
      expect(await world().hub.start(gate)).toEqual({ timeoutMs: 60_000 });
      await expect(world().hub.start({ ...gate, instanceId: "i2" })).rejects.toMatchObject({
        code: "fenced",
      });
      await runner.complete(execution.id, 1, { response: null, command: end });
      const { status, response } = settledOf(await answer);
      expect(status).toBe("succeeded");
      expect(JSON.parse(Buffer.from(response?.base64 ?? "", "base64").toString())).toEqual(end);
      const row = await world().status(execution.id);
      expect(JSON.parse(Buffer.from(String(row.response_body), "base64").toString())).toEqual(end);
    });

    test("one whose runner takes no commands waits, and why is said in words", async () => {
      const runner = await joined("one", ["process"]);
      const sync = runner.sync();
      await settle();
      const execution = aCommand(runner.record.id);
      await world().hub.invoke({ execution, waitMs: 0, body: null }, never);
      await world().clock.advance(30_000);
      expect((await sync).jobs).toEqual([]);
      const { requires } = execution;
      const why = await world().hub.explain({ project: "default", pool: "default", requires });
      expect(why).toBe('runner "one" takes no commands');
    });

    test("one that waited for its runner is handed out when that is there", async () => {
      const other = await joined("one");
      const execution = aCommand("rnr_two");
      await world().hub.invoke({ execution, waitMs: 0, body: null }, never);
      const runner = await joined("two");
      expect((await runner.sync()).jobs.map((job) => job.execution)).toEqual([execution.id]);
      const atOther = other.sync();
      await world().clock.advance(30_000);
      expect((await atOther).jobs).toEqual([]);
    });

    test("a command that anyone may run goes only to a runner that takes some", async () => {
      const [plain, able] = [await joined("one", ["process"]), await joined("two")];
      const atPlain = plain.sync();
      const atAble = able.sync();
      await settle();
      const execution = aCommand(null);
      await world().hub.invoke({ execution, waitMs: 0, body: null }, never);
      expect((await atAble).jobs).toHaveLength(1);
      await world().clock.advance(30_000);
      expect((await atPlain).jobs).toEqual([]);
    });

    test("one that had begun when its runner started again is lost, and never begins again", async () => {
      const runner = await joined("one");
      const { execution, gate } = await given(runner);
      await world().hub.start({ ...gate, instanceId: "i1" });
      const next = await restarted();
      expect(await world().status(execution.id)).toMatchObject({ status: "lost", attempt: 1 });
      const again = next.sync();
      await world().clock.advance(30_000);
      expect((await again).jobs).toEqual([]);
    });

    test("one that goes on in the next process of its runner is settled by that", async () => {
      const runner = await joined("one");
      const { execution, gate } = await given(runner);
      await world().hub.start({ ...gate, instanceId: "i1" });
      const next = await restarted([{ execution: execution.id, fence: 1, state: "running" }]);
      await next.complete(execution.id, 1, { response: null, command: end });
      expect(await world().status(execution.id)).toMatchObject({ status: "succeeded", attempt: 1 });
    });

    test("what a runner's policy opens or closes is known with its next poll", async () => {
      const runner = await joined("one", ["process"]);
      const execution = aCommand(runner.record.id);
      await world().hub.invoke({ execution, waitMs: 0, body: null }, never);
      const { jobs } = await runner.sync({ capabilities: ["process", "commands"] });
      expect(jobs.map((job) => job.execution)).toEqual([execution.id]);
      const closed = runner.sync({
        capabilities: ["process"],
        running: [{ execution: execution.id, fence: 1 }],
      });
      await settle();
      const { requires } = aCommand(runner.record.id);
      const why = await world().hub.explain({ project: "default", pool: "default", requires });
      expect(why).toBe('runner "one" takes no commands');
      await world().clock.advance(30_000);
      expect((await closed).jobs).toEqual([]);
    });

    test("one that had not begun when its runner started again is handed out again", async () => {
      const { execution } = await given(await joined("one"));
      const next = await restarted();
      expect((await next.sync()).jobs).toMatchObject([{ execution: execution.id, fence: 2 }]);
    });

    test("a command that could steer what programs load is not even made", () => {
      const given = {
        name: "x",
        work: { is: "command" as const, text: "id" },
        trigger: { type: "manual" as const },
      };
      const spec = { ...given, cwd: "relative", settings: { env: { LD_PRELOAD: "/x.so" } } };
      expect(() => aCommand(null, { spec })).toThrow(/\/cwd: must be an absolute path.*LD_PRELOAD/);
    });

    test("one that its runner refuses ends so, without a second try and without an output", async () => {
      const runner = await joined("one");
      const { execution } = await given(runner);
      const error = { code: "refused_by_runner", message: "no", source: "platform" as const };
      const refused = makeOutcome({ status: "failed", reason: "refused_by_runner", error, permanent: true });
      await runner.complete(execution.id, 1, { ...refused, response: null });
      expect(await world().status(execution.id)).toMatchObject({
        ...{ status: "failed", reason: "refused_by_runner", response_at: "none" },
      });
    });
  });
}
