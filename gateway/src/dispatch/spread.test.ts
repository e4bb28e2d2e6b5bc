import { expect, test } from "vitest";
import type { WarmWant } from "../hub.ts";
import { type Keeper, spreadWarm, tagged } from "./spread.ts";
import { makeWant } from "./warm-want.suite.ts";

const keeper = (id: string, change: Partial<Keeper> = {}): Keeper => ({
  ...{ id, slots: 10, runtimes: ["typescript"], capabilities: [], labels: {}, arch: "x64" },
  ...change,
});
const three = ["a", "b", "c"].map((id) => keeper(id));
const shares = (wants: WarmWant[], keepers: readonly Keeper[]) =>
  Object.fromEntries(
    [...spreadWarm(wants, keepers)].map(([id, orders]) => [
      id,
      Object.fromEntries(orders.map(({ version, count }) => [version, count])),
    ]),
  );
const total = (dealt: Record<string, Record<string, number>>) =>
  Object.values(dealt)
    .flatMap((one) => Object.values(one))
    .reduce((sum, count) => sum + count, 0);

test("sandboxes are dealt evenly", () => {
  const dealt = shares([makeWant("f", 1, 7)], three);
  expect(
    Object.values(dealt)
      .map((one) => one.f_1)
      .sort(),
  ).toEqual([2, 2, 3]);
});

test("a runner without what is required keeps none", () => {
  const python = keeper("p", { runtimes: ["python"] });
  const gpu = keeper("g", { labels: { gpu: "yes" } });
  const want = {
    ...makeWant("f", 1, 2),
    requires: { runtime: "typescript", labels: { gpu: "yes" }, arch: null },
  };
  expect(shares([want], [...three, python, gpu])).toEqual({ a: {}, b: {}, c: {}, p: {}, g: { f_1: 2 } });
});

test("nobody keeps more of a version than it could run", () => {
  const dealt = shares([makeWant("f", 1, 100)], [keeper("a", { slots: 3 }), keeper("b", { slots: 5 })]);
  expect(dealt).toEqual({ a: { f_1: 3 }, b: { f_1: 5 } });
});

test("a new version goes to the runners that have the old one", () => {
  for (const name of ["f", "g", "h", "i"]) {
    const who = (number: number) =>
      Object.entries(shares([makeWant(name, number, 1)], three)).find(([, one]) => total({ one }) > 0)?.[0];
    expect(who(2)).toBe(who(1));
  }
});

test("when a runner goes, the others keep what they have", () => {
  const wants = ["f", "g", "h", "i", "j"].map((name) => makeWant(name, 1, 1));
  const before = shares(wants, three);
  const after = shares(wants, three.slice(0, 2));
  for (const id of ["a", "b"])
    expect(Object.keys(after[id] ?? {})).toEqual(expect.arrayContaining(Object.keys(before[id] ?? {})));
  expect(total(after)).toBe(5);
});

test("an image is fetched ahead by everyone who could run it, without its secrets; nothing else is", () => {
  const python = keeper("p", { runtimes: ["python"] });
  const image = (count: number) => {
    const want = makeWant("i", 1, count);
    const settings = { ...want.order.spec.settings, secrets: { KEY: "key" } };
    const spec = { ...want.order.spec, settings, image: "app@sha256:0" };
    return { ...want, order: { ...want.order, secretsTag: "1", spec } };
  };
  expect(shares([image(0), makeWant("f", 1, 0)], [...three, python])).toEqual({
    ...{ a: { i_1: 0 }, b: { i_1: 0 }, c: { i_1: 0 } },
    p: {},
  });
  const dealt = [...spreadWarm([image(1)], three).values()].flat();
  expect(dealt.map(({ count }) => count).sort()).toEqual([0, 0, 1]);
  const named = dealt.map(({ count, secretsTag, spec }) => [count, secretsTag, spec.settings.secrets]);
  expect(named.sort()).toEqual([
    [0, undefined, undefined],
    [0, undefined, undefined],
    [1, "1", { KEY: "key" }],
  ]);
});

test("two wants of one alias are one: the first one's version, the higher count of it", () => {
  const wants = [makeWant("f", 2, 1), makeWant("f", 2, 3), makeWant("f", 1, 9)];
  expect(total(shares(wants, three))).toBe(3);
});

test("the tag tells change from no change, and nothing has none", () => {
  const orders = (count: number) => spreadWarm([makeWant("f", 1, count)], [keeper("a")]).get("a") ?? [];
  expect(tagged(orders(2)).tag).toBe(tagged(orders(2)).tag);
  expect(tagged(orders(3)).tag).not.toBe(tagged(orders(2)).tag);
  expect(tagged([]).tag).toBe("");
});
