import { expect, test } from "vitest";
import { advance, fold, outstanding } from "./advance.ts";
import type { SubmitTargets } from "./commands.ts";
import type { Cause, Outcome } from "./events.ts";
import { type Answers, PlayedWorld, planOf } from "./played-world.suite.ts";
import { emptyState } from "./state.ts";

const run = (name: string, more: object = {}) => ({
  name,
  type: "execute",
  command: name,
  targets: ["all"],
  ...more,
});
const filled = (text: string) => `\${{ ${text} }}`;
const bad: Outcome = { status: "failed", exitCode: 1 };
const good: Outcome = { status: "succeeded", exitCode: 0 };
const failing = (...names: string[]) => ({
  job: ({ step }: SubmitTargets) => (names.includes(step) ? bad : good),
});

function play(definition: object, answers: Answers = {}): PlayedWorld {
  return new PlayedWorld(planOf(definition), { runners: ["a", "b", "c"], ...answers }).run();
}

test("what comes after a failure is blocked, also behind a step that runs all the same", () => {
  const steps = [run("one"), run("clean", { condition: "always()" }), run("two")];
  const world = play({ steps }, failing("one"));
  expect(world.ends()).toEqual({ one: "failed", clean: "succeeded", two: "blocked" });
  expect(world.state.status).toBe("failed");
});

test("failed() is true after a failure only, and a tolerated one is none", () => {
  const steps = [run("one", { continueOnError: true }), run("mourn", { condition: "failed()" }), run("two")];
  const world = play({ steps }, failing("one"));
  expect(world.ends()).toEqual({ one: "failed", mourn: "skipped", two: "succeeded" });
  expect(world.state.status).toBe("succeeded");
});

test("a condition that throws fails the step", () => {
  const world = play({ inputs: { a: { type: "json" } }, steps: [run("one", { condition: "inputs.a.b.c" })] });
  expect(world.ends()).toEqual({ one: "failed" });
  expect(world.state.failure).toMatchObject({ code: "condition", step: "one" });
});

test("steps that need nothing start together, and one that needs both waits for both", () => {
  const steps = [run("a", { needs: [] }), run("b", { needs: [] }), run("c", { needs: ["a", "b"] })];
  const world = new PlayedWorld(planOf({ steps }), { job: () => null }).start();
  expect(world.facts("step.started").map(({ step }) => step)).toEqual(["a", "b"]);
});

test("only the targets that failed are tried again, after growing delays", () => {
  let tries = 0;
  const retry = { attempts: 4, backoff: "exponential", delay: "1s", factor: 3, maxDelay: "5s" };
  const job = (_: SubmitTargets, target: string) => (target === "b" && ++tries < 4 ? bad : good);
  const world = play({ steps: [run("one", { retry })] }, { job });
  const tried = world.asked("submitTargets").map(({ targets }) => targets.map(({ name }) => name).join());
  expect(tried).toEqual(["a,b,c", "b", "b", "b"]);
  expect(world.now - world.state.startedAt).toBe(1000 + 3000 + 5000);
  expect(world.state.status).toBe("succeeded");
});

test("an exit code that is not named is not tried again", () => {
  const world = play({ steps: [run("one", { retry: { attempts: 3, on: ["exit:2-4"] } })] }, failing("one"));
  expect(world.asked("submitTargets")).toHaveLength(1);
});

test("any: the first branch that does well ends the others", () => {
  const branches = [
    { name: "x", steps: [run("slow")] },
    { name: "y", steps: [run("fast")] },
  ];
  const job = ({ step }: SubmitTargets) => (step === "slow" ? null : good);
  const world = play({ steps: [{ name: "race", type: "parallel", branches, join: "any" }] }, { job });
  expect(world.asked("cancelTargets")).toHaveLength(1);
  expect(world.ends()).toEqual({ slow: "cancelled", fast: "succeeded", race: "succeeded" });
  expect(world.state.status).toBe("succeeded");
});

test("two of three branches are enough when the join says two", () => {
  const branches = ["x", "y", "z"].map((name) => ({ name, steps: [run(name)] }));
  const steps = [{ name: "vote", type: "parallel", branches, join: 2 }];
  expect(play({ steps }, failing("y")).state.status).toBe("succeeded");
  expect(play({ steps }, failing("y", "z")).state.status).toBe("failed");
});

test("failFast ends the other branches at the first failure; without it they go on", () => {
  const branches = [
    { name: "x", steps: [run("x")] },
    { name: "y", steps: [{ name: "y", type: "wait", duration: "1h" }] },
  ];
  const fast = play({ steps: [{ name: "p", type: "parallel", branches, failFast: true }] }, failing("x"));
  expect(fast.ends()).toMatchObject({ y: "cancelled", p: "failed" });
  const slow = play({ steps: [{ name: "p", type: "parallel", branches }] }, failing("x"));
  expect(slow.ends()).toMatchObject({ y: "succeeded", p: "failed" });
});

test("a foreach runs so many at a time, sees its item, and breaks off when told", () => {
  const steps = [{ name: "wait", type: "wait", duration: 1000 }];
  const each = { name: "each", type: "foreach", items: [5, 6, 7, 8, 9], as: "n", maxParallel: 2, steps };
  const whole = play({ steps: [{ ...each, collect: "n * 2" }], outputs: { all: "steps.each.outputs" } });
  expect(whole.state.outputs).toEqual({ all: [10, 12, 14, 16, 18] });
  expect(whole.now - whole.state.startedAt).toBe(3000);
  const broken = play({ steps: [{ ...each, maxParallel: 1, breakIf: "n === 6" }] });
  expect(Object.keys(broken.ends())).toEqual(["each[0]/wait", "each[1]/wait", "each"]);
});

test("more items than allowed fail the foreach before anything starts", () => {
  const each = {
    name: "each",
    type: "foreach",
    items: filled("inputs.all"),
    maxItems: 2,
    steps: [run("one")],
  };
  const inputs = { all: { type: "json" } };
  const world = play({ inputs, steps: [each] }, { inputs: { all: [1, 2, 3] } });
  expect(world.ends()).toEqual({ each: "failed" });
});

test("the work of a foreach grows with its items, and an iteration that has ended is let go", () => {
  const events = (count: number) => {
    const items = Array.from({ length: count }, (_, i) => i);
    const steps = [
      run("one", { command: `echo ${filled("item")}` }),
      { name: "two", type: "set", set: { last: "item" } },
    ];
    const world = play(
      { steps: [{ name: "each", type: "foreach", items, maxParallel: 1000, steps }] },
      { runners: ["a"] },
    );
    expect(world.state.status).toBe("succeeded");
    expect(world.state.steps.size).toBe(1);
    expect(fold(world.plan, world.log)).toEqual(world.state);
    return world.commands.length;
  };
  expect(events(1000) - events(500)).toBe(1000);
});

test("onFailure continue makes a failure one that counts as satisfied, retry tries once more", () => {
  const handler = (then: string) => ({ onFailure: { steps: [run("fix")], then } });
  const go = play({ steps: [run("one", handler("continue")), run("two")] }, failing("one"));
  expect(go.ends()).toEqual({ fix: "succeeded", one: "failed", two: "succeeded" });
  expect(go.state.status).toBe("succeeded");
  const again = play({ steps: [run("one", handler("retry"))] }, failing("one"));
  expect(again.facts("step.started").map(({ step }) => step)).toEqual(["one", "fix", "one"]);
  expect(again.state.status).toBe("failed");
});

test("a lost target whose step says ask is asked about", () => {
  const lost = ({ key }: SubmitTargets, name: string): Outcome =>
    name === "b" && !key.includes("@") ? { status: "lost" } : good;
  const steps = [run("one", { onLost: "ask" })];
  const answers = (response: string) => ({ job: lost, prompt: () => response });
  expect(play({ steps }, answers("Succeeded")).state.status).toBe("succeeded");
  expect(play({ steps }, answers("Failed")).state.status).toBe("failed");
  const again = play({ steps }, answers("Retry"));
  expect(again.state.status).toBe("succeeded");
  expect(again.asked("submitTargets").map(({ targets }) => targets.length)).toEqual([3, 1]);
});

test("stop between two batches leaves the rest untouched", () => {
  const targets = { select: ["all"], strategy: { batch: 1, confirm: "everyBatch" } };
  const world = play({ steps: [run("one", { targets })] }, { prompt: () => "Stop" });
  expect(world.asked("submitTargets")).toHaveLength(1);
  expect(world.state.failure).toMatchObject({ code: "stopped" });
});

test("a cancelled run ends what runs, then runs its finally", () => {
  const definition = { steps: [run("one"), run("two")], finally: [run("last")] };
  const job = ({ step }: SubmitTargets) => (step === "one" ? null : good);
  const world = play(definition, { job });
  expect(world.state.status).toBe("running");
  world.cancel();
  expect(world.ends()).toEqual({ one: "cancelled", two: "cancelled", last: "succeeded" });
  expect(world.state.status).toBe("cancelled");
});

test("a run over its time ends timed_out, and a wait over its own fails the run", () => {
  const wait = { name: "wait", type: "wait", event: { name: "ok" } };
  const whole = play({ timeout: "1m", steps: [wait] });
  expect(whole.state.status).toBe("timed_out");
  const own = play({ steps: [{ ...wait, timeout: "1m" }] });
  expect(own.ends()).toEqual({ wait: "timed_out" });
  expect(own.state.status).toBe("failed");
});

test("an answer is taken once: the second changes nothing", () => {
  const steps = [
    { name: "ask", type: "prompt", message: "Go?", options: ["Yes", "No"] },
    run("one", { condition: "promptResponse === 'Yes'" }),
  ];
  const world = play({ steps }, { prompt: () => "Yes" });
  const answer = world.log.find(({ type }) => type === "prompt.answered");
  if (answer?.type !== "prompt.answered") throw new Error("nobody answered");
  const before = structuredClone(world.state);
  const { state, commands } = advance(world.plan, world.state, { ...answer, response: "No" });
  expect(commands).toEqual([]);
  expect(state).toEqual(before);
});

test("what is not answered yet is what a restart asks for again", () => {
  const steps = [
    run("one", { needs: [] }),
    { name: "ask", type: "prompt", message: "Go?", needs: [], timeout: "1h" },
  ];
  const world = new PlayedWorld(planOf({ steps }), { job: () => null }).start();
  const again = outstanding(fold(world.plan, world.log, emptyState()));
  expect(again.map(({ type }) => type).sort()).toEqual(["openPrompt", "startTimer", "submitTargets"]);
  for (const command of again) expect(world.commands).toContainEqual(command);
});

test("values in a command are one quoted word each, and secrets stay references", () => {
  const inputs = { who: { type: "string" }, key: { type: "secret" } };
  const env = {
    TOKEN: `Bearer ${filled("secrets.API")}`,
    KEY: filled("inputs.key"),
    WHO: filled("inputs.who"),
  };
  const step = run("one", { command: `echo ${filled("inputs.who")}`, env, secrets: { API: "stored" } });
  const given = { who: "a'; rm -rf /", key: { $secret: "mine" } };
  const [submitted] = play({ inputs, steps: [step] }, { inputs: given }).asked("submitTargets");
  expect(submitted?.job).toMatchObject({
    command: "echo 'a'\\''; rm -rf /'",
    env: {
      TOKEN: { $parts: ["Bearer ", { $secret: "stored" }] },
      KEY: { $parts: [{ $secret: "mine" }] },
      WHO: "a'; rm -rf /",
    },
  });
});

test.each([
  ["an input of another type", filled("inputs.data")],
  ["what an input of another type holds", filled("inputs.data.inner")],
  ["a variable", filled("vars.kept")],
])("what looks like a secret and comes from %s names none", (_, text) => {
  const inputs = { data: { type: "json" }, key: { type: "secret" } };
  const mark = { $secret: "PROD_KEY" };
  const steps = [
    { name: "keep", type: "set", set: { kept: "inputs.data.inner" } },
    run("one", { env: { KEY: `Bearer ${text}` } }),
  ];
  const data = text === filled("inputs.data") ? mark : { inner: mark };
  const world = play({ inputs, steps }, { inputs: { data, key: { $secret: "mine" } } });
  expect(world.asked("submitTargets")).toEqual([]);
  expect(world.asked("settle")[0]).toMatchObject({ status: "failed", error: { code: "template" } });
});

test("the roll-back runs in the reverse order of completion, one after the other, past its own failures", () => {
  const undo = (name: string) => ({ rollback: [run(`undo ${name}`, { targets: ["@touched"] })] });
  const steps = [run("a", undo("a")), run("b", undo("b")), run("c", undo("c")), run("d", undo("d"))];
  const world = play({ rollback: "auto", steps }, failing("c", "undo_b"));
  const order = world.facts("step.started").map(({ step }) => step);
  expect(order).toEqual(["a", "b", "c", "undo_c", "undo_b", "undo_a"]);
  expect(world.state.rollback).toBe("failed");
  expect(world.asked("settle")[0]).toMatchObject({ status: "failed", rollback: "failed" });
});

test("the roll-back of a step around others touches what these touched", () => {
  const branches = [{ name: "x", steps: [run("x", { targets: ["a"] })] }];
  const steps = [
    { name: "p", type: "parallel", branches, rollback: [run("undo", { targets: ["@touched"] })] },
    run("last"),
  ];
  const world = play({ rollback: "auto", steps }, failing("last"));
  const undo = world.asked("submitTargets").find(({ step }) => step === "undo");
  expect(undo?.targets.map(({ name }) => name)).toEqual(["a", "b", "c"]);
});

test("of several who agree the form is that of the first", () => {
  const approvers = { count: 2 };
  const form = { n: { type: "integer" } };
  const steps = [{ name: "ask", type: "prompt", message: "Go?", options: ["Yes", "No"], approvers, form }];
  const world = play({ steps });
  const [{ key } = { key: "" }] = world.asked("openPrompt");
  for (const [by, n] of [
    ["ana", 1],
    ["ben", 2],
  ] as const) {
    const answer = { type: "prompt.answered", key, response: "Yes", form: { n }, comment: null, by };
    world.tell(answer as Omit<Cause, "at">);
  }
  expect(world.state.steps.get("ask")).toMatchObject({ status: "succeeded", form: { n: 1 } });
});

test("the workflow's own channels are told of its end, its prompts and its lost targets", () => {
  const notify = [{ channel: "slack:ops", on: ["failed", "prompt", "lost"] }];
  const steps = [{ name: "ask", type: "prompt", message: "Go?" }, run("one")];
  const job = (_: SubmitTargets, name: string): Outcome => (name === "b" ? { status: "lost" } : good);
  const world = play({ name: "w", notify, steps }, { prompt: () => "Continue", job });
  expect(world.asked("notify").map(({ message }) => message)).toEqual(["w: prompt", "w: lost", "w: failed"]);
});

test("a command that asks for its target is made for each", () => {
  const steps = [run("one", { command: `hostname ${filled("target.name")}` })];
  const made = play({ steps })
    .asked("submitTargets")
    .map(({ job }) => (job.kind === "command" ? job.command : ""));
  expect(made).toEqual(["hostname 'a'", "hostname 'b'", "hostname 'c'"]);
});
