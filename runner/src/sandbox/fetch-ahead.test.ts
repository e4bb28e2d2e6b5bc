import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { FetchAhead } from "./fetch-ahead.ts";

let said: string[];
let asked: string[];
let broken: Map<string, string>;
let ahead: FetchAhead;
beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
  [said, asked, broken] = [[], [], new Map()];
  ahead = new FetchAhead((line) => said.push(line));
});
afterEach(() => {
  ahead.stop();
  vi.useRealTimers();
});
const follow = (...names: string[]) =>
  ahead.follow(names.map(order), async ({ version }) => {
    asked.push(version);
    const why = broken.get(version);
    if (why !== undefined) throw new Error(why);
  });
const order = (name: string) => ({
  ...{ project: "prj_test", version: name, bundle: `sha256:${"0".repeat(64)}`, secrets: null, count: 0 },
  spec: {
    ...{ function: { id: name, name, version: 1, alias: "live" }, runtime: "image" as const },
    ...{ entry: "", settings: {}, keepAliveMs: 60_000, deps: null },
  },
});
const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

test("what is to be there is fetched one after the other, once, however often it is asked for", async () => {
  follow("a", "b");
  await pass(0);
  follow("a", "b", "c");
  await pass(600_000);
  expect(asked).toEqual(["a", "b", "c"]);
  expect(said.map((line) => line.split(" ")[0])).toEqual(["a", "b", "c"]);
});

test("what cannot be had is tried again after 5 s, 10, 20, … five minutes, said once, and holds up nothing", async () => {
  broken.set("a", "no such image");
  follow("a", "b");
  const times: number[] = [];
  const from = performance.now();
  for (let tries = 0; performance.now() - from < 1_500_000; await pass(1000)) {
    const now = asked.filter((one) => one === "a").length;
    if (now > tries) times.push((performance.now() - from) / 1000);
    tries = now;
  }
  expect(times.map((at, index) => Math.round(at - (times[index - 1] ?? 0)))).toEqual([
    ...[0, 5, 10, 20, 40, 80, 160, 300, 300, 300],
  ]);
  expect(said).toEqual([
    "a version 1 is not fetched ahead: no such image; again in 5 s",
    "b version 1 was fetched ahead of calls",
  ]);
  broken.clear();
  await pass(300_000);
  expect(said.at(-1)).toBe("a version 1 was fetched ahead of calls");
});

test("what is no longer wanted is not tried again", async () => {
  broken.set("a", "no such image");
  follow("a");
  await pass(0);
  follow("b");
  await pass(600_000);
  expect(asked).toEqual(["a", "b"]);
});
