import type { WarmOrders } from "@pulse/schema/wire/warm-order";
import { describe, expect, test } from "vitest";
import type { Hub } from "../hub.ts";
import { makeWant } from "./warm-want.suite.ts";
import { PlayedRunner, settle, type World, worldOfEach } from "./world.suite.ts";

/** A runner that follows what it is told, as the real one does. */
class Follower {
  readonly runner: PlayedRunner;
  told: WarmOrders[] = [];
  #follows: string | undefined;

  constructor(world: World, change: ConstructorParameters<typeof PlayedRunner>[1] = {}) {
    this.runner = new PlayedRunner(world, change);
  }

  /** One poll, parked until something is said or its time is over. */
  async poll(waitMs = 5000): Promise<void> {
    const tag = this.#follows === undefined ? {} : { prewarmed: this.#follows };
    const { prewarm } = await this.runner.sync({ waitMs, ...tag });
    if (prewarm === undefined) return;
    this.told.push(prewarm);
    this.#follows = prewarm.tag;
  }

  get counts(): Record<string, number> {
    return Object.fromEntries(this.told.at(-1)?.orders.map(({ version, count }) => [version, count]) ?? []);
  }
}

/** What every hub keeps of keeping versions warm. */
export function hubWarmSuite(name: string, wrap: (hub: Hub) => Hub): void {
  describe(`keeping versions warm: ${name}`, () => warmTests(worldOfEach(wrap)));
}

function warmTests(world: () => World): void {
  const polled = async (...followers: Follower[]) => {
    const polls = followers.map((one) => one.poll());
    await world().clock.advance(6000);
    await Promise.all(polls);
  };
  const joined = async (change: ConstructorParameters<typeof PlayedRunner>[1] = {}) => {
    const follower = new Follower(world(), change);
    await follower.runner.join();
    await settle();
    return follower;
  };

  test("a runner is told once what to keep warm, and again when that changes", async () => {
    world().wants.push(makeWant("f", 1, 2));
    const one = await joined();
    await polled(one);
    await polled(one);
    expect(one.told).toHaveLength(1);
    expect(one.told[0]?.orders[0]).toMatchObject({ version: "f_1", count: 2, secrets: null });
    world().wants.splice(0, 1, makeWant("f", 2, 2));
    await world().hub.warmChanged({ project: "default" });
    await polled(one);
    expect([one.told.length, one.counts]).toEqual([2, { f_2: 2 }]);
    world().wants.splice(0, 1);
    await world().hub.warmChanged({ project: "default" });
    await polled(one);
    expect(one.told.at(-1)).toEqual({ tag: "", orders: [] });
  });

  test("a parked poll is answered when something changes", async () => {
    const one = await joined();
    const poll = one.poll(25_000);
    await world().clock.advance(1000);
    world().wants.push(makeWant("f", 1, 1));
    await world().hub.warmChanged({ project: "default" });
    await world().clock.advance(100);
    await poll;
    expect(one.counts).toEqual({ f_1: 1 });
  });

  test("what one runner kept is dealt to the others when it leaves", async () => {
    world().wants.push(makeWant("f", 1, 4));
    const [one, other] = [await joined({ name: "a", slots: 4 }), await joined({ name: "b", slots: 4 })];
    await polled(one, other);
    expect([one.counts, other.counts]).toEqual([{ f_1: 2 }, { f_1: 2 }]);
    await world().hub.endSession({ holder: other.runner.holder });
    await polled(one);
    expect(one.counts).toEqual({ f_1: 4 });
  });

  test("a runner of another pool or without the runtime is told nothing", async () => {
    world().wants.push(makeWant("f", 1, 4), makeWant("g", 1, 4, { pool: "elsewhere" }));
    const python = await joined({ name: "p", runtimes: ["python"] });
    await polled(python);
    expect(python.told).toEqual([]);
  });

  test("a runner of another project is told nothing of this one's versions", async () => {
    world().wants.push(makeWant("f", 1, 4));
    const stranger = await joined({ name: "s", project: "other" });
    const own = await joined({ name: "o" });
    await polled(own, stranger);
    expect([stranger.told, own.counts]).toEqual([[], { f_1: 2 }]);
  });

  test("an answer that was lost is said again", async () => {
    world().wants.push(makeWant("f", 1, 1));
    const one = await joined();
    const lost = one.runner.sync({ waitMs: 1000 });
    await world().clock.advance(2000);
    expect((await lost).prewarm?.orders).toHaveLength(1);
    for (let i = 0; i < 6; i++) await polled(one);
    expect(one.counts).toEqual({ f_1: 1 });
    expect(one.told).toHaveLength(1);
  });

  test("a hub that restarted tells a runner that follows nothing new", async () => {
    world().wants.push(makeWant("f", 1, 1));
    const one = await joined();
    await polled(one);
    await world().restart();
    await polled(one);
    await polled(one);
    expect(one.told).toHaveLength(1);
  });

  test("every runner that fits is told to fetch an image when it is new, one that comes later too, and once", async () => {
    const [one, other] = [await joined({ name: "a" }), await joined({ name: "b" })];
    const want = makeWant("app", 1, 0);
    const spec = { ...want.order.spec, image: `app@sha256:${"0".repeat(64)}` };
    world().wants.push({ ...want, order: { ...want.order, spec } });
    await world().hub.warmChanged({ project: "default" });
    await polled(one, other);
    const late = await joined({ name: "c" });
    await polled(one, other, late);
    for (const { told, counts } of [one, other, late])
      expect([told.length, counts]).toEqual([1, { app_1: 0 }]);
  });

  test("a version that is needed at a known time is kept warm around it", async () => {
    const one = await joined();
    const now = world().clock.now();
    const want = makeWant("nightly", 3, 1);
    await world().hub.prewarm({ want, fromMs: now + 60_000, untilMs: now + 120_000 });
    await polled(one);
    expect(one.counts).toEqual({});
    await world().clock.advance(54_000);
    await polled(one);
    expect(one.counts).toEqual({ nightly_3: 1 });
    await world().clock.advance(60_000);
    await polled(one);
    expect([one.told.length, one.counts]).toEqual([2, {}]);
  });
}
