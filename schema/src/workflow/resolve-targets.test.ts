import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { batchesOf, batchSize, mayFail } from "./batches.ts";
import { type FleetRunner, globTest } from "./fleet.ts";
import { orderRunners } from "./order-runners.ts";
import type { TargetsPlan } from "./plan.ts";
import { targetsPlan } from "./plan-parts.ts";
import { type ResolveContext, resolveTargets } from "./resolve-targets.ts";
import { parseTargetExpression, treeText } from "./target-tree.ts";

const context: ResolveContext = { failed: [], touched: [], seed: "exe_1", now: 0, names: {} };

function runner(name: string, more: Partial<FleetRunner> = {}): FleetRunner {
  const healthy = { presence: "online", state: "active", running: 0, slots: 4, metrics: null } as const;
  return {
    id: `rnr_${name}`,
    name,
    pool: "web",
    labels: {},
    os: "linux",
    arch: "x64",
    cpus: 2,
    ...healthy,
    ...more,
  };
}

const metrics = { cpu: 0.1, memFree: 2 ** 31, memTotal: 2 ** 32, load1: 0.2, diskFree: 2 ** 33 };
const fleet = [
  runner("web-1", { labels: { env: "prod", docker: "" }, metrics }),
  runner("web-2", { labels: { env: "dev" }, running: 4, metrics: { ...metrics, diskFree: 2 ** 20 } }),
  runner("db-1", { pool: "db", labels: { env: "prod" }, metrics }),
  runner("db", { pool: "cache", labels: { db: "yes" } }),
];

/** The names that run, in order. */
function names(
  targets: Parameters<typeof targetsPlan>[0],
  more: Partial<ResolveContext> = {},
  all = fleet,
): string[] {
  return resolveTargets(targetsPlan(targets), all, { ...context, ...more }).targets.map(({ name }) => name);
}

describe("select", () => {
  test.each<[string[], string[]]>([
    [["all"], ["db", "db-1", "web-1", "web-2"]],
    [["web-1"], ["web-1"]],
    [["db"], ["db"]],
    [["group:db"], ["db-1"]],
    [["web"], ["web-1", "web-2"]],
    [["docker"], ["web-1"]],
    [["tag:db"], ["db"]],
    [["label:env=prod"], ["db-1", "web-1"]],
    [["name:web-*"], ["web-1", "web-2"]],
    [["name:*-1"], ["db-1", "web-1"]],
    [
      ["!tag:docker", "all"],
      ["db", "db-1", "web-2"],
    ],
    [
      ["web", "db-1", "web-1"],
      ["db-1", "web-1", "web-2"],
    ],
    [["group:none"], []],
    [["tag:toString"], []],
  ])("%j means %j", (select, expected) => {
    expect(names(select)).toEqual(expected);
  });

  test("a bare name is a runner before a pool before a label, also when it excludes", () => {
    const other = runner("other", { pool: "x", labels: { a: "" } });
    const asTag = [other];
    const asPool = [...asTag, runner("pooled", { pool: "a" })];
    const asName = [...asPool, runner("a")];
    expect([asTag, asPool, asName].map((all) => names(["a"], {}, all))).toEqual([
      ["other"],
      ["pooled"],
      ["a"],
    ]);
    expect(names(["all", "!a"], {}, asName)).toEqual(["other", "pooled"]);
  });

  test("what failed and what was touched comes from the step before", () => {
    expect(names(["@failed"], { failed: ["web-2"] })).toEqual(["web-2"]);
    expect(names(["@touched", "!db-1"], { touched: ["web-2", "db-1"] })).toEqual(["web-2"]);
  });

  test("a runner given by name that is nowhere fails the step", () => {
    expect(resolveTargets(targetsPlan(["web-1", "web-9"]), fleet, context)).toMatchObject({
      verdict: "fail",
      reason: "no runner, group or tag is called web-9",
    });
    expect(names(["all", "!gone"])).toHaveLength(4);
  });
});

describe("what is left of the selection", () => {
  test("where decides by labels and metrics, and a metric nobody reported is never enough", () => {
    expect(names({ select: ["all"], where: "labels.env !== 'dev' && metrics.diskFreeMb > 2048" })).toEqual([
      "db-1",
      "web-1",
    ]);
    expect(
      names(
        { select: ["all"], where: "tags.includes(inputs.tag)" },
        { names: { inputs: { tag: "docker" } } },
      ),
    ).toEqual(["web-1"]);
    const broken = resolveTargets(targetsPlan({ select: ["all"], where: "labels.env.x.y" }), fleet, context);
    expect(broken.verdict).toBe("fail");
    expect(broken.reason).toContain("where cannot be decided");
  });

  test("requirements leave out what has too little, or does not say", () => {
    const { targets, leftOut } = resolveTargets(
      targetsPlan({ select: ["all"], requires: { memMb: 1024, diskMb: 100 } }),
      fleet,
      context,
    );
    expect(targets.map(({ name }) => name)).toEqual(["db-1", "web-1"]);
    expect(leftOut).toEqual([
      { name: "web-2", because: "requires" },
      { name: "db", because: "requires" },
    ]);
  });

  test("count takes the first in order, those that are there before those that are not", () => {
    const all = [runner("a", { presence: "unreachable" }), runner("b"), runner("c", { running: 3 })];
    expect(names({ select: ["all"], count: 2 }, {}, all)).toEqual(["b", "c"]);
    expect(names({ select: ["all"], count: 1, order: "leastLoaded" }, {}, all)).toEqual(["b"]);
    expect(names({ select: ["all"], count: "34%" }, {}, all)).toEqual(["b", "c"]);
  });

  test("order by a label puts numbers in their order and runners without it last", () => {
    const all = ["10", "9", "", "x"].map((rack, i) =>
      runner(`r${i}`, { labels: rack === "" ? {} : { rack } }),
    );
    const order = { order: "label", orderLabel: "rack" } as const;
    expect(orderRunners(all, order, "").map(({ labels }) => labels.rack)).toEqual([
      "9",
      "10",
      "x",
      undefined,
    ]);
  });
});

describe("who is away", () => {
  const away = [
    runner("gone", { presence: "offline" }),
    runner("brief", { presence: "unreachable" }),
    runner("here"),
  ];
  const states = (select: string[], unavailable?: "fail" | "skip" | "wait") => {
    const given = unavailable === undefined ? { select } : { select, unavailable };
    const { verdict, targets } = resolveTargets(targetsPlan(given), away, context);
    return [verdict, ...targets.map(({ name, state }) => `${name} ${state}`)];
  };

  test("is skipped when selected, fails when named, and a short absence waits", () => {
    expect(states(["all"])).toEqual(["run", "brief wait", "gone skip", "here run"]);
    expect(states(["gone", "here"])).toEqual(["fail", "gone fail", "here run"]);
    expect(states(["all"], "wait")).toEqual(["run", "brief wait", "gone wait", "here run"]);
    expect(states(["all"], "fail")).toEqual(["fail", "brief wait", "gone fail", "here run"]);
    expect(states(["gone", "here"], "skip")).toEqual(["run", "gone skip", "here run"]);
  });

  test("may be as many as may fail", () => {
    const plan = targetsPlan({ select: ["all"], unavailable: "fail", strategy: { maxFailures: 1 } });
    expect(resolveTargets(plan, away, context).verdict).toBe("run");
  });

  test("an empty set fails, unless it may be empty", () => {
    expect(resolveTargets(targetsPlan(["all"]), [], context)).toMatchObject({
      verdict: "fail",
      reason: "no runner fits",
    });
    expect(resolveTargets(targetsPlan({ select: ["all"], empty: "skip" }), [], context).verdict).toBe("skip");
    const reason = "no runner that fits is there";
    expect(resolveTargets(targetsPlan(["all"]), away.slice(0, 1), context)).toMatchObject({
      verdict: "fail",
      reason,
    });
  });

  test("in maintenance or draining counts as away", () => {
    const all = [runner("m", { state: "maintenance" }), runner("d", { state: "draining" }), runner("h")];
    const { targets } = resolveTargets(targetsPlan(["all"]), all, context);
    expect(targets.map(({ reason }) => reason)).toEqual(["draining", null, "maintenance"]);
  });
});

describe("the expression of a direct command", () => {
  const chosen = (text: string) => {
    const read = parseTargetExpression(text);
    if ("problem" in read) return read.problem;
    return resolveTargets(targetsPlan(["all"]), fleet, context, read.tree).targets.map(({ name }) => name);
  };

  test.each<[string, string[]]>([
    ["web & label:env=prod", ["web-1"]],
    ["group:db | docker", ["db-1", "web-1"]],
    ["web & !docker | group:db", ["db-1", "web-2"]],
    ["all && !(web || group:db)", ["db"]],
    ["!web", ["db", "db-1"]],
    ["  name:web-?  ", ["web-1", "web-2"]],
  ])("%s means %j", (text, expected) => {
    expect(chosen(text)).toEqual(expected);
  });

  test.each<[string, number]>([
    ["", 1],
    ["web &", 6],
    ["web db", 5],
    ["(web", 5],
    ["web & x:y", 7],
    [`${"(".repeat(99)}a${")".repeat(99)}`, 52],
  ])("%s is refused at its column", (text, column) => {
    expect(chosen(text)).toMatchObject({ column, message: expect.any(String) });
  });

  test("text of a tree reads as the same tree", () => {
    const atom = fc.constantFrom("all", "a", "group:b", "label:c=d", "tag:e", "name:f*", "@failed");
    const { tree: text } = fc.letrec<{ tree: string }>((tie) => ({
      tree: fc.oneof(
        { maxDepth: 4 },
        atom,
        tie("tree").map((x) => `!(${x})`),
        fc
          .tuple(tie("tree"), fc.constantFrom("&", "|"), tie("tree"))
          .map(([a, o, b]) => `(${a}) ${o} (${b})`),
      ),
    }));
    void fc.assert(
      fc.property(text, (one) => {
        const read = parseTargetExpression(one);
        if ("problem" in read) throw new Error(read.problem.message);
        expect(parseTargetExpression(treeText(read.tree))).toEqual(read);
      }),
    );
  });
});

describe("for any fleet", () => {
  const someRunner = fc.record({
    name: fc.stringMatching(/^[ab]-[0-9]$/),
    pool: fc.constantFrom("a", "b", "a-1"),
    labels: fc.dictionary(fc.constantFrom("a", "b", "t"), fc.constantFrom("1", "2")),
    presence: fc.constantFrom("online" as const, "unreachable" as const, "offline" as const),
  });
  const someFleet = fc
    .uniqueArray(someRunner, { selector: ({ name }) => name, maxLength: 15 })
    .map((all) => all.map(({ name, ...more }) => runner(name, more)));
  const someTarget = fc.constantFrom(
    "all",
    "a",
    "b",
    "t",
    "a-1",
    "group:a",
    "tag:t",
    "label:a=1",
    "name:a-*",
  );
  const amount = fc.oneof(
    fc.integer({ min: 1, max: 9 }),
    fc.integer({ min: 1, max: 100 }).map((n) => `${n}%` as const),
  );

  test("what is excluded is never a target, and the answer does not depend on the order of the fleet", () => {
    void fc.assert(
      fc.property(someFleet, fc.array(someTarget, { minLength: 1 }), someTarget, (all, select, out) => {
        const plan: TargetsPlan = { ...targetsPlan([...select, `!${out}`]), unavailable: "skip" };
        const excluded = new Set(names({ select: [out], unavailable: "skip" }, {}, all));
        const answer = resolveTargets(plan, all, context);
        expect(answer.targets.filter(({ name }) => excluded.has(name))).toEqual([]);
        expect(resolveTargets(plan, all.toReversed(), context)).toEqual(answer);
      }),
    );
  });

  test("batches cut the targets into parts: all of them, once, in order, none too large", () => {
    const strategy = fc.record({
      mode: fc.constantFrom("rolling" as const, "parallel" as const),
      batch: amount,
      canary: fc.nat(5),
    });
    void fc.assert(
      fc.property(fc.integer({ min: 0, max: 60 }), strategy, (total, given) => {
        const targets = Array.from({ length: total }, (_, i) => i);
        const batches = batchesOf(targets, { ...given, pause: 0, confirm: "none", maxFailures: 0 });
        expect(batches.flat()).toEqual(targets);
        expect(batches.every(({ length }) => length > 0)).toBe(true);
        if (given.canary > 0 && total > 0) expect(batches[0]).toHaveLength(Math.min(given.canary, total));
        const rest = given.canary > 0 ? batches.slice(1) : batches;
        if (given.mode === "parallel") expect(rest.length).toBeLessThan(2);
        else expect(rest.every(({ length }) => length <= batchSize(given.batch, total))).toBe(true);
      }),
    );
  });

  test("a random order is a permutation, the same for the same seed", () => {
    void fc.assert(
      fc.property(someFleet, fc.string(), (all, seed) => {
        const order = { order: "random", orderLabel: null } as const;
        const answer = orderRunners(all, order, seed);
        expect(orderRunners(all.toReversed(), order, seed)).toEqual(answer);
        expect(new Set(answer)).toEqual(new Set(all));
      }),
    );
  });

  test("a pattern means what it means as a regular expression", () => {
    void fc.assert(
      fc.property(fc.stringMatching(/^[ab*?-]{0,8}$/), fc.stringMatching(/^[ab-]{0,8}$/), (pattern, name) => {
        const regex = new RegExp(`^${pattern.replaceAll("*", ".*").replaceAll("?", ".")}$`);
        expect(globTest(pattern)(name)).toBe(regex.test(name));
      }),
    );
  });
});

test("percentages are rounded to the careful side: batches and failures down, a batch at least one", () => {
  expect([batchSize("25%", 10), batchSize("25%", 3), batchSize("100%", 3), batchSize(5, 3)]).toEqual([
    2, 1, 3, 3,
  ]);
  expect([mayFail("10%", 9), mayFail("10%", 10), mayFail("34%", 3), mayFail(2, 10)]).toEqual([0, 1, 1, 2]);
});
