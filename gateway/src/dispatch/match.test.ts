import { describe, expect, test } from "vitest";
import { type Candidate, fits, requiresOf, routeOf, whyNoRunner } from "./match.ts";

const runner: Candidate = {
  id: "rnr_1",
  name: "one",
  capabilities: ["process"],
  runtimes: ["typescript"],
  labels: { gpu: "1", zone: "a" },
  arch: "x64",
  state: "active",
  preparing: null,
  online: true,
  free: 1,
};
const needs = { runtime: "typescript", labels: {}, arch: null };

describe("a runner fits a job", () => {
  test.each([
    ["with the runtime and nothing else asked", needs, true],
    ["only with the runtime", { ...needs, runtime: "python" }, false],
    ["with the architecture", { ...needs, arch: "x64" }, true],
    ["not with another architecture", { ...needs, arch: "arm64" }, false],
    ["with every label", { ...needs, labels: { gpu: "1", zone: "a" } }, true],
    ["not with another value of a label", { ...needs, labels: { gpu: "2" } }, false],
    ["not without a label", { ...needs, labels: { disk: "ssd" } }, false],
    ["with a capability", { ...needs, runtime: null, capability: "process" }, true],
    ["not without a capability", { ...needs, runtime: null, capability: "commands" }, false],
    ["that is for it", { ...needs, runtime: null, runner: "rnr_1" }, true],
    ["not one that is for another", { ...needs, runtime: null, runner: "rnr_2" }, false],
  ])("%s", (_name, requires, expected) => {
    expect(fits(runner, requires)).toBe(expected);
  });
});

test("a route is the same whatever the order of labels, and reads back", () => {
  const one = routeOf({ ...needs, labels: { b: "2", a: "1" } });
  expect(one).toBe(routeOf({ ...needs, labels: { a: "1", b: "2" } }));
  expect(requiresOf(one)).toEqual({ ...needs, labels: { a: "1", b: "2" } });
});

test("a route with a capability or a runner is another one, and reads back", () => {
  const plain = { ...needs, runtime: null };
  const all = [
    plain,
    { ...plain, capability: "commands" },
    { ...plain, runner: "rnr_1" },
    { ...plain, capability: "commands", runner: "rnr_1" },
  ];
  expect(new Set(all.map(routeOf)).size).toBe(all.length);
  for (const one of all) expect(requiresOf(routeOf(one))).toEqual(one);
});

describe("the reason why the runner that a job is for did not take it", () => {
  const wanted = { ...needs, runtime: null, capability: "commands", runner: "rnr_1" };
  const able = { ...runner, capabilities: ["commands"] };
  test.each([
    ["it is elsewhere", { ...able, id: "rnr_2" }, /not in pool "p"/],
    ["it takes none", runner, /runner "one" takes no commands/],
    ["it is offline", { ...able, online: false }, /"one" is offline/],
    ["it drains", { ...able, state: "draining" as const }, /"one" is draining/],
    ["it is busy", { ...able, free: 0 }, /"one" is busy/],
  ])("%s", (_name, candidate, words) => {
    expect(whyNoRunner([candidate], wanted, "p")).toMatch(words);
  });
});

describe("the reason why no runner took a job", () => {
  const gpu = { ...needs, labels: { gpu: "1" } };
  test.each([
    ["nobody joined", [], needs, /no runner has joined pool "p"/],
    [
      "the able ones are offline",
      [
        { ...runner, online: false },
        { ...runner, labels: {} },
      ],
      gpu,
      /gpu=1 is online.*1 that would are offline/,
    ],
    [
      "nobody has it",
      [{ ...runner, labels: {} }],
      gpu,
      /no runner with runtime typescript, label gpu=1 is online/,
    ],
    [
      "an image is being prepared",
      [{ ...runner, runtimes: [], preparing: "preparing image" }],
      needs,
      /still preparing image/,
    ],
    ["all drain", [{ ...runner, state: "draining" as const }], needs, /draining or in maintenance/],
    ["all are busy", [{ ...runner, free: 0 }], needs, /all 1 runners .* are busy/],
  ])("%s", (_name, runners, requires, expected) => {
    expect(whyNoRunner(runners, requires, "p")).toMatch(expected);
  });
});
