import { afterEach, beforeEach, expect, test } from "vitest";
import { type Core, createCore } from "../../core.ts";
import { settle } from "../../dispatch/world.suite.ts";
import type { Ports } from "../../ports.ts";
import { saveWorkflow } from "../define.ts";
import { anna, EngineWorld } from "./engine-world.suite.ts";
import { startRun } from "./start-run.ts";

const dayMs = 86_400_000;

/** The core of one project as a platform keeps it that puts away what only waits. */
interface Kept {
  core: Core;
  alarms: number[];
  /** Timers that are set. */
  timers: number;
}

let world: EngineWorld;
let kept: Kept[];
beforeEach(async () => {
  world = await EngineWorld.make();
  kept = [];
});
afterEach(async () => {
  for (const { core } of kept) core.stop();
  await settle();
  world.close();
  expect(world.problems).toEqual([]);
});

async function wake(project: string): Promise<Kept> {
  const one: Kept = { core: null as never, alarms: [], timers: 0 };
  const timer: Ports["timer"] = (ms, callback) => {
    one.timers += 1;
    let isSet = true;
    const unset = () => {
      if (isSet) one.timers -= 1;
      isSet = false;
    };
    const cancel = world.ports.timer(ms, () => {
      unset();
      callback();
    });
    return () => {
      unset();
      cancel();
    };
  };
  const ports = { ...world.ports, timer };
  one.core = createCore({
    ...{ ports, bootGraceMs: 0, commonOf: project },
    directory: { loadRunner: async () => null, savePresence: async () => undefined },
    onBuildEnded: async () => undefined,
    workflows(hub) {
      const outside = world.outside.over(world.ports);
      return {
        ...outside,
        async submit(run, command, target, isAgain) {
          const submitted = await outside.submit(run, command, target, isAgain);
          // A pool's hub tells that it has ended.
          ports.background(hub.changed({ project }));
          return submitted;
        },
      };
    },
    alarm: { set: (ms) => one.alarms.push(ms), leftAfterMs: 30_000 },
  });
  kept.push(one);
  await one.core.start();
  await settle();
  return one;
}

/** Saves a definition in a project and starts it, as another process would. */
async function begin(project: string, definition: unknown): Promise<string> {
  const read = { value: definition, errors: [], warnings: [], steps: 1 };
  await saveWorkflow(world.ports, { project, name: "tried", by: "anna", ifMatch: null }, read);
  const { kind, id, name, userId } = anna;
  const run = await startRun(world.ports, world.log, {
    ...{ project, workflow: "tried", inputs: {}, caller: null, parent: null },
    ...{ startedBy: { kind, id, name, userId }, trigger: { type: "manual" } },
  });
  return run.id;
}

const rests = (duration: string) => ({
  steps: [
    { name: "rest", type: "wait", duration },
    { name: "work", type: "execute", command: "true" },
  ],
});

test("a run that waits for a month holds no timer, and its alarm comes when the month is over", async () => {
  const id = await begin("default", rests("30d"));
  const { core, alarms, timers } = await wake("default");
  expect([timers, alarms.at(-1)]).toEqual([0, world.clock.now() + 30 * dayMs]);
  // The platform puts it away.
  core.stop();
  await world.clock.advance(30 * dayMs);
  expect((await world.status(id)).status).toBe("waiting");
  const next = await wake("default");
  await next.core.tick();
  await settle();
  expect((await world.status(id)).status).toBe("succeeded");
  expect([...world.outside.started.values()]).toEqual([1, 1]);
});

test("before it does anything an alarm is set that finds what it left undone", async () => {
  await begin("default", rests("1s"));
  const { alarms } = await wake("default");
  expect(alarms[0]).toBe(world.clock.now() + 30_000);
});

test("a short wait ends by a timer, to the millisecond", async () => {
  const id = await begin("default", rests("1s"));
  const { timers } = await wake("default");
  expect(timers).toBe(1);
  await world.clock.advance(999);
  expect((await world.status(id)).status).toBe("waiting");
  await world.clock.advance(1);
  expect((await world.status(id)).status).toBe("succeeded");
});

test("what the core of a project moves is that project's alone", async () => {
  const [ours, theirs] = [await begin("default", rests("1s")), await begin("another", rests("1s"))];
  const places = { concurrency: { key: "one" }, steps: [{ name: "work", type: "execute", command: "true" }] };
  const theirsToo = await begin("another", places);
  await wake("default");
  await world.clock.advance(5000);
  expect((await world.status(ours)).status).toBe("succeeded");
  for (const id of [theirs, theirsToo]) expect((await world.status(id)).endedAt).toBeNull();
  await wake("another");
  await world.clock.advance(5000);
  for (const id of [theirs, theirsToo]) expect((await world.status(id)).status).toBe("succeeded");
});

test("news of executions that no run waits for make it read nothing", async () => {
  await begin("default", rests("30d"));
  const { core } = await wake("default");
  let reads = 0;
  const { client } = world.ports.database;
  for (const name of ["execute", "batch"] as const) {
    const real = client[name].bind(client) as (...args: unknown[]) => Promise<never>;
    client[name] = (...args: unknown[]) => {
      reads += 1;
      return real(...args);
    };
  }
  for (let i = 0; i < 100; i++) await core.hub.changed({ project: "default", quiet: true });
  await settle();
  expect(reads).toBe(0);
  await core.hub.changed({ project: "default" });
  await settle();
  expect(reads).toBeGreaterThan(0);
  expect(reads).toBeLessThan(10);
});
