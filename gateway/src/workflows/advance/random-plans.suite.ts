import fc from "fast-check";

/** A definition in which every kind of step occurs, of any shape: conditions and texts that may not work out are part of it. */
export interface RandomDefinition {
  steps: Record<string, unknown>[];
  [field: string]: unknown;
}

const filled = (text: string) => `\${{ ${text} }}`;

const condition = fc.oneof(
  { weight: 6, arbitrary: fc.constant(undefined) },
  fc.constantFrom(
    "always()",
    "failed()",
    "promptResponse === 'Yes'",
    "inputs.on",
    "1 < 0",
    "inputs.missing.deep",
    "vars.n > 1",
  ),
);

const retry = fc.option(
  fc.record({
    attempts: fc.integer({ min: 1, max: 3 }),
    delay: fc.constantFrom(0, 10, "1s"),
    jitter: fc.constantFrom(0, 1),
    on: fc.constantFrom(["error"], ["error", "timeout", "lost"], ["exit:1-3"]),
    scope: fc.constantFrom("failedTargets", "allTargets"),
  }),
  { nil: undefined, freq: 3 },
);

const strategy = fc
  .record({
    mode: fc.constantFrom("parallel", "rolling"),
    batch: fc.constantFrom(1, 2, "50%"),
    canary: fc.constantFrom(0, 1),
    pause: fc.constantFrom(0, 1000),
    confirm: fc.constantFrom("none", "afterCanary", "everyBatch"),
    maxFailures: fc.constantFrom(0, 1, "50%"),
  })
  .map((one) => ({ ...one, mode: "rolling", canary: one.confirm === "afterCanary" ? 1 : one.canary }));

const leaf = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      type: fc.constant("execute"),
      command: fc.constantFrom("true", `echo ${filled("target.name")}`),
      targets: fc.constantFrom(["all"], ["web-1"]),
      onLost: fc.constantFrom("fail", "ask"),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant("execute"),
      command: fc.constant(`echo ${filled("inputs.on")}`),
      targets: strategy.map((one) => ({ select: ["all"], strategy: one })),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant("function"),
      function: fc.constant("fn"),
      input: fc.constant({ n: filled("vars.n") }),
      async: fc.boolean(),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant("prompt"),
      message: fc.constant("Go?"),
      options: fc.constant([
        "Yes",
        { value: "No", outcome: "continue" },
        { value: "Fail", outcome: "fail" },
        { value: "Cancel", outcome: "cancel" },
      ]),
      timeout: fc.constantFrom("1h", "1d"),
      onTimeout: fc.constantFrom("fail", "cancel", "Yes"),
    }),
  },
  fc.record({ type: fc.constant("wait"), duration: fc.constantFrom(0, 5000, "1m") }),
  fc.record({
    type: fc.constant("wait"),
    event: fc.constantFrom(
      { name: "ok" },
      { name: "ok", match: "event.n > 1" },
      { name: "ok", match: "event.a.b.c" },
    ),
    timeout: fc.constant("1h"),
  }),
  fc.record({
    type: fc.constant("http"),
    url: fc.constant("https://example.com/"),
    expect: fc.constantFrom("status < 300", "body.a.b"),
  }),
  fc.record({
    type: fc.constant("notify"),
    channel: fc.constant("slack:ops"),
    message: fc.constant(`hello ${filled("inputs.on")}`),
  }),
  fc.record({ type: fc.constant("workflow"), workflow: fc.constant("other"), detach: fc.boolean() }),
  fc.record({
    type: fc.constant("set"),
    set: fc.constantFrom({ n: "vars.n + 1" }, { n: "inputs.missing.deep" }),
  }),
  fc.record({ type: fc.constant("stop"), status: fc.constantFrom("succeeded", "failed", "cancelled") }),
);

type Step = Record<string, unknown>;

function stepsArb(depth: number): fc.Arbitrary<Step[]> {
  return fc.array(stepArb(depth), { minLength: 1, maxLength: depth > 1 ? 4 : 3 });
}

function stepArb(depth: number): fc.Arbitrary<Step> {
  const inner: fc.Arbitrary<Step[]> = depth > 0 ? stepsArb(depth - 1) : fc.constant([]);
  const container: fc.Arbitrary<Step>[] =
    depth === 0
      ? []
      : [
          fc.record({
            type: fc.constant("if"),
            if: fc.constantFrom("inputs.on", "false", "inputs.missing.deep"),
            // biome-ignore lint/suspicious/noThenProperty: the format says so, and no list of steps is awaited.
            then: inner,
            else: inner,
          }),
          fc.record({
            type: fc.constant("switch"),
            cases: inner.map((steps) => [{ when: "vars.n === 1", steps }]),
            default: inner,
          }),
          fc.record({
            type: fc.constant("parallel"),
            branches: fc
              .array(inner, { minLength: 1, maxLength: 3 })
              .map((all) => all.map((steps, i) => ({ name: `b${i}`, steps }))),
            join: fc.constantFrom("all", "any", 1),
            failFast: fc.boolean(),
          }),
          fc.record({
            type: fc.constant("foreach"),
            items: fc.constantFrom([1, 2, 3, 4, 5], [], filled("inputs.list"), filled("inputs.on")),
            steps: inner,
            maxParallel: fc.constantFrom(1, 2, 10),
            collect: fc.constantFrom("status", "item.a.b", undefined),
            breakIf: fc.constantFrom("index > 1", undefined),
          }),
        ];
  const body: fc.Arbitrary<Step> = fc.oneof(
    { weight: 6, arbitrary: leaf as fc.Arbitrary<Step> },
    ...container,
  );
  const after = depth > 0 ? fc.option(stepsArb(0), { nil: undefined, freq: 5 }) : fc.constant(undefined);
  const extra = fc.record({
    condition,
    retry,
    delivery: fc.constant("atLeastOnce"),
    continueOnError: fc.option(fc.boolean(), { nil: undefined }),
    needs: fc.option(fc.constant([]), { nil: undefined, freq: 4 }),
    rollback: after,
    onFailure: after.chain((steps) =>
      fc
        .constantFrom("fail", "continue", "retry")
        .map((then) => (steps === undefined ? undefined : { steps, then })),
    ),
    concurrency: fc.option(fc.constant({ key: "one" }), { nil: undefined, freq: 6 }),
  });
  return fc.tuple(body, extra).map(([one, more]) => ({ name: "Step", ...more, ...one }));
}

const optionalSteps = fc.option(stepsArb(0), { nil: undefined, freq: 3 });

/** Random definitions, at most three lists deep. */
export const randomDefinition: fc.Arbitrary<RandomDefinition> = fc
  .record({
    version: fc.constant(1),
    vars: fc.constant({ n: 0 }),
    inputs: fc.constant({ on: { type: "boolean" }, missing: { type: "json" }, list: { type: "json" } }),
    timeout: fc.option(fc.constantFrom("10m", "30d"), { nil: undefined }),
    rollback: fc.constantFrom("auto", "ask", "never"),
    concurrency: fc.option(fc.constant({ key: "whole" }), { nil: undefined, freq: 3 }),
    notify: fc.constant([{ channel: "slack:ops", on: ["failed", "succeeded", "started", "prompt", "lost"] }]),
    steps: stepsArb(2),
    onFailure: optionalSteps,
    onSuccess: optionalSteps,
    finally: optionalSteps,
  })
  .map((made) => JSON.parse(JSON.stringify(numbered(made))));

/** Gives every step a name of its own. */
function numbered(definition: Step): RandomDefinition {
  let count = 0;
  const visit = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(visit);
    if (typeof value !== "object" || value === null) return value;
    const copy = Object.fromEntries(Object.entries(value).map(([key, one]) => [key, visit(one)]));
    return Reflect.get(copy, "name") === "Step" ? { ...copy, name: `Step ${++count}` } : copy;
  };
  return visit(definition) as RandomDefinition;
}
