import { ProblemError } from "@pulse/schema/problem";
import { expect, test } from "vitest";
import type { SubmitTargets } from "../advance/commands.ts";
import type { Cause, Outcome } from "../advance/events.ts";
import { type Answers, PlayedWorld, planOf } from "../advance/played-world.suite.ts";
import { type Again, keepFrom } from "./keep.ts";

const execute = (name: string, more: object = {}) => ({
  ...{ name, type: "execute", command: `run ${name}`, targets: ["all"], delivery: "atLeastOnce" },
  ...more,
});

const onlyIf = (text: string, ...then: object[]) => ({ name: "sure", type: "if", if: text, then });

const filled = (text: string) => `\${{ ${text} }}`;

const commandOf = ({ job }: SubmitTargets) => (job.kind === "command" ? (job.command ?? "") : job.kind);

/** Jobs whose command and target are named fail. */
const failing =
  (...bad: string[]) =>
  (command: SubmitTargets, target: string): Outcome =>
    bad.includes(`${commandOf(command)}@${target}`)
      ? { status: "failed", exitCode: 1 }
      : { status: "succeeded", exitCode: 0, stdout: `${commandOf(command)} on ${target}` };

interface Change {
  answers?: Answers;
  definition?: object;
}

function again(
  world: PlayedWorld,
  asked: Partial<Again>,
  { answers = {}, definition }: Change = {},
): PlayedWorld {
  const plan = definition === undefined ? world.plan : planOf(definition);
  const kept = keepFrom({ id: "exe_1", plan: world.plan, state: structuredClone(world.state) }, plan, {
    onlyFailed: false,
    ...asked,
  });
  const next = new PlayedWorld(plan, answers);
  const event = {
    type: "execution.started",
    execution: { id: "exe_2" },
    inputs: answers.inputs ?? world.state.inputs,
    ...(kept === null ? {} : { kept }),
  };
  next.tell(JSON.parse(JSON.stringify(event)) as Omit<Cause, "at">);
  while (next.state.phase !== "ended" && next.tick());
  return next;
}

const jobs = (world: PlayedWorld) =>
  world.asked("submitTargets").map((one) => `${commandOf(one)}@${one.targets.map(({ name }) => name)}`);

const began = (world: PlayedWorld) => world.facts("step.started").map(({ step }) => step);

test("from a step on everything runs again, with the results of the steps before it", () => {
  const definition = {
    steps: [
      { name: "count", type: "set", set: { n: "41 + 1" } },
      execute("build", { outputs: { first: "results[0].stdout" } }),
      { name: "gate", type: "prompt", message: "Go?", options: ["Yes", "No"] },
      execute("test", { condition: "promptResponse === 'Yes'", env: { N: `${filled("vars.n")}` } }),
      execute("ship", { command: `ship ${filled("steps.build.outputs.first")}` }),
    ],
  };
  const prompt = () => "Yes";
  const first = new PlayedWorld(planOf(definition), { prompt, job: failing("run test@web-2") }).run();
  expect(first.state.status).toBe("failed");
  const second = again(first, { fromStep: "test" }, { answers: { prompt: () => null } });
  expect(second.state.status).toBe("succeeded");
  expect(began(second)).toEqual(["test", "ship"]);
  expect(jobs(second)).toEqual(["run test@web-1,web-2", "ship 'run build on web-1'@web-1,web-2"]);
  expect(second.facts("step.reused").map(({ step, from }) => [step, from])).toEqual([
    ["count", "exe_1"],
    ["build", "exe_1"],
    ["gate", "exe_1"],
  ]);
  expect(second.state.steps.get("build")?.reused).toBe(true);
});

test("from a prompt on it is asked again", () => {
  const definition = {
    steps: [
      execute("build"),
      { name: "gate", type: "prompt", message: "Go?", options: ["Yes", "No"] },
      execute("ship", { condition: "promptResponse === 'Yes'" }),
    ],
  };
  const first = new PlayedWorld(planOf(definition), { prompt: () => "No" }).run();
  expect(first.ends().ship).toBe("skipped");
  const second = again(first, { fromStep: "gate" }, { answers: { prompt: () => "Yes" } });
  expect(jobs(second)).toEqual(["run ship@web-1,web-2"]);
});

test("only the failed targets run again, and the results are those of all", () => {
  const definition = {
    outputs: { all: "steps.build.results.map(r => r.target + ' ' + r.status)" },
    steps: [execute("build", { retry: { attempts: 1, scope: "allTargets" } }), execute("ship")],
  };
  const runners = ["web-1", "web-2", "web-3"];
  const first = new PlayedWorld(planOf(definition), { runners, job: failing("run build@web-2") }).run();
  const second = again(first, { onlyFailed: true }, { answers: { runners } });
  expect(second.state.status).toBe("succeeded");
  expect(jobs(second)).toEqual(["run build@web-2", "run ship@web-1,web-2,web-3"]);
  expect(second.state.outputs).toEqual({
    all: ["web-1 succeeded", "web-3 succeeded", "web-2 succeeded"],
  });
});

test("only the failed items of a foreach run again", () => {
  const definition = {
    outputs: { all: "steps.each.outputs" },
    steps: [
      {
        ...{ name: "each", type: "foreach", items: [1, 2, 3, 4], as: "n", maxParallel: 2, collect: "n * 10" },
        steps: [execute("one", { command: `one ${filled("n")}`, targets: ["web-1"] })],
      },
    ],
  };
  const runners = ["web-1"];
  const first = new PlayedWorld(planOf(definition), { runners, job: failing("one '2'@web-1") }).run();
  expect(first.state.status).toBe("failed");
  const second = again(first, { onlyFailed: true }, { answers: { runners } });
  expect(jobs(second)).toEqual(["one '2'@web-1"]);
  expect(second.state.outputs).toEqual({ all: [10, 20, 30, 40] });
  expect(second.state.touched).toEqual({ "web-1": true });
});

const nested = {
  steps: [
    execute("first"),
    {
      name: "both",
      type: "parallel",
      branches: [
        { name: "left", steps: [execute("a"), execute("b")] },
        {
          name: "right",
          steps: [onlyIf("true", execute("c"), execute("d"))],
        },
      ],
    },
    execute("last"),
  ],
};

test("inside parallel and if only what is named and what comes after runs again", () => {
  const first = new PlayedWorld(planOf(nested)).run();
  const runners = ["web-1"];
  expect(jobs(again(first, { fromStep: "d" }, { answers: { runners } }))).toEqual([
    "run d@web-1",
    "run last@web-1",
  ]);
  expect(jobs(again(first, { fromStep: "sure" }, { answers: { runners } }))).toEqual([
    ...["run c@web-1", "run d@web-1", "run last@web-1"],
  ]);
  expect(jobs(again(first, { fromStep: "a" }, { answers: { runners } }))).toEqual([
    ...["run a@web-1", "run b@web-1", "run last@web-1"],
  ]);
});

test("what failed inside runs again where it failed", () => {
  const first = new PlayedWorld(planOf(nested), { job: failing("run b@web-1", "run c@web-2") }).run();
  const second = again(first, { onlyFailed: true });
  expect(second.state.status).toBe("succeeded");
  expect(jobs(second)).toEqual(["run b@web-1", "run c@web-2", "run d@web-1,web-2", "run last@web-1,web-2"]);
});

test("a run can begin with a step of finally, and stands as it stood then", () => {
  const definition = {
    steps: [execute("build", { continueOnError: false })],
    finally: [
      execute("report", { command: `report ${filled("execution.status")} ${filled("steps.build.status")}` }),
    ],
  };
  const first = new PlayedWorld(planOf(definition), { job: failing("run build@web-1") }).run();
  const second = again(first, { fromStep: "report" });
  expect(jobs(second)).toEqual(["report 'failed' 'failed'@web-1,web-2"]);
  expect(second.state).toMatchObject({ status: "failed", failure: { step: "build" } });
});

test("steps that are kept are rolled back when the new run fails", () => {
  const definition = {
    rollback: "auto",
    steps: [execute("put", { rollback: [execute("take", { targets: ["@touched"] })] }), execute("test")],
  };
  const first = new PlayedWorld(planOf({ ...definition, rollback: "never" }), {
    job: failing("run test@web-1"),
  }).run();
  const second = again(
    first,
    { fromStep: "test" },
    { definition, answers: { job: failing("run test@web-2") } },
  );
  expect(second.state).toMatchObject({ status: "failed", rollback: "done" });
  expect(jobs(second)).toEqual(["run test@web-1,web-2", "run take@web-1,web-2"]);
  expect(() => again(second, { fromStep: "test" })).toThrow(/what put did was rolled back/);
  expect(jobs(again(second, { fromStep: "put" }))).toHaveLength(2);
});

const chain = { steps: [execute("a"), execute("b"), execute("c")] };

test.each<[string, Partial<Again>, object, RegExp]>([
  ["a step that there is not", { fromStep: "bb" }, chain, /there is no step "bb"/],
  ["a step after one that failed", { fromStep: "c" }, chain, /c comes after b, which did not succeed/],
  ["nothing that failed", { fromStep: "a", onlyFailed: true }, chain, /nothing in a failed/],
  [
    "a step that changed before it",
    { fromStep: "b" },
    { steps: [execute("a", { command: "other" }), execute("b")] },
    /the definition differs before that step: a has changed/,
  ],
  [
    "a step that came before it",
    { fromStep: "b" },
    { steps: [execute("a"), execute("new"), execute("b")] },
    /new is new/,
  ],
  ["a step that is gone", { fromStep: "b" }, { steps: [execute("a")] }, /has no step "b" any more/],
])("it is refused to begin with %s", (_, asked, definition, problem) => {
  const first = new PlayedWorld(planOf(chain), { job: failing("run b@web-1") }).run();
  expect(() => again(first, asked, { definition })).toThrow(problem);
});

test("what the definition of now has more of runs, and what it has changed later is as it is now", () => {
  const first = new PlayedWorld(planOf(chain)).run();
  const definition = { steps: [execute("a"), execute("b", { command: "other" }), execute("new")] };
  expect(jobs(again(first, { fromStep: "b" }, { definition }))).toEqual([
    ...["other@web-1,web-2", "run new@web-1,web-2"],
  ]);
});

test("steps of a foreach, a handler and a branch that was not taken cannot be begun with", () => {
  const definition = {
    steps: [
      { name: "each", type: "foreach", items: [1], steps: [execute("one")] },
      { name: "call", type: "workflow", workflow: "other" },
      execute("risky", { onFailure: [execute("collect")], rollback: [execute("undo")] }),
      onlyIf("false", execute("never")),
    ],
    onFailure: [execute("tell")],
  };
  const first = new PlayedWorld(planOf(definition)).run();
  for (const [step, problem] of [
    ["one", /one runs once for each item of each/],
    ["each[0]/one", /one runs once for each item of each/],
    ["each~2[0]/one", /one runs once for each item of each/],
    ["each[0]", /each\[0\] is one item of each/],
    ["each[0]/two", /no step "each\[0\]\/two"/],
    ["collect", /stands in the onFailure of risky/],
    ["undo", /stands in the rollback of risky/],
    ["never", /did not come to never/],
    ["tell", /did not come to tell/],
  ] as const) {
    expect(() => again(first, { fromStep: step })).toThrow(problem);
  }
});

test("a foreach and a step that calls a workflow run again as a whole, and a step of the called one says whose it is", () => {
  const definition = {
    steps: [
      execute("before"),
      {
        name: "each",
        type: "foreach",
        items: [1, 2],
        as: "n",
        steps: [execute("one", { command: "one $" + "{{ n }}" })],
      },
      { name: "call", type: "workflow", workflow: "other" },
    ],
  };
  const first = new PlayedWorld(planOf(definition)).run();
  expect(jobs(again(first, { fromStep: "each" }))).toEqual(["one '1'@web-1,web-2", "one '2'@web-1,web-2"]);
  expect(jobs(again(first, { fromStep: "call" }))).toEqual([]);
  try {
    again(first, { fromStep: "inside the called one" });
    expect.unreachable();
  } catch (error) {
    expect(error instanceof ProblemError && error.extras.hint).toContain('as a whole from "call"');
  }
});

test("a run that was run again can be run again", () => {
  const first = new PlayedWorld(planOf(nested), { job: failing("run b@web-1") }).run();
  const second = again(first, { onlyFailed: true }, { answers: { job: failing("run last@web-2") } });
  const third = again(second, { onlyFailed: true });
  expect(third.state.status).toBe("succeeded");
  expect(jobs(third)).toEqual(["run last@web-2"]);
});
