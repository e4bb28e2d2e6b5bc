import { describe, expect, test } from "vitest";
import { definitionField } from "./definition.ts";
import { example, exampleNames } from "./example-definitions.suite.ts";
import { normalise } from "./normalise.ts";
import { everyStep } from "./step-lists.ts";

describe("the plan of a definition", () => {
  test.each(exampleNames)("the example %s has the format and a plan with unique ids", (name) => {
    const definition = definitionField.parse(example(name));
    const plan = normalise(definition);
    const ids = [...everyStep(plan.steps), ...everyStep(plan.onFailure), ...everyStep(plan.finally)].map(
      ({ id }) => id,
    );
    expect(new Set(ids).size).toBe(ids.length);
    expect(JSON.parse(JSON.stringify(plan))).toEqual(plan);
    expect(normalise(definition)).toEqual(plan);
  });

  test("a file without needs is strictly sequential", () => {
    const { steps } = normalise(example("interactive-system-update"));
    expect(steps.map(({ id, needs }) => [id, needs])).toEqual([
      ["update_package_list", []],
      ["user_approval", ["update_package_list"]],
      ["upgrade_packages", ["user_approval"]],
      ["reboot_confirmation", ["upgrade_packages"]],
      ["reboot_servers", ["reboot_confirmation"]],
    ]);
  });

  test("a definition of today keeps its commands, conditions and options as they are", () => {
    const definition = example("interactive-system-update");
    const meant = definition.steps.map(({ name, type, command, condition, message, options }) => ({
      ...{ name, type, condition: condition ?? "true" },
      ...(type === "prompt" ? { message, options } : { command, select: ["all"] }),
    }));
    const planned = normalise(definition).steps.map((step) => ({
      ...{ name: step.name, type: step.type, condition: step.condition },
      ...(step.type === "prompt"
        ? { message: step.message, options: step.options.map(({ value }) => value) }
        : {}),
      ...(step.type === "execute" ? { command: step.command, select: step.targets.select } : {}),
    }));
    expect(planned).toEqual(meant);
  });

  test("needs replace the edge to the step before, and lists inside steps have their own order", () => {
    const { steps, finally: last } = normalise(example("release"));
    expect(steps.map(({ id, needs }) => [id, needs])).toEqual([
      ["lint", []],
      ["unit", []],
      ["build", []],
      ["go", ["lint", "unit", "build"]],
      ["deploy", ["go", "build"]],
      ["wait_for_metrics", ["deploy"]],
      ["notes", ["wait_for_metrics"]],
    ]);
    const deploy = steps[4];
    if (deploy?.type !== "parallel") throw new Error("deploy is a parallel step");
    const [roll] = deploy.branches[0]?.steps ?? [];
    expect(roll).toMatchObject({
      id: "roll_app",
      pointer: "/steps/4/branches/0/steps/0",
      needs: [],
      onFailure: { after: "fail", steps: [{ pointer: "/steps/4/branches/0/steps/0/onFailure/steps/0" }] },
      rollback: [{ id: "previous_image", pointer: "/steps/4/branches/0/steps/0/rollback/0" }],
    });
    expect(last).toMatchObject([{ id: "report", type: "http", delivery: "atMostOnce", timeout: 900_000 }]);
  });

  test("a command runs on all runners, once, for at most five minutes, when nothing else is said", () => {
    const [step] = normalise({ steps: [{ name: "Look", type: "execute", command: "df -h" }] }).steps;
    expect(step).toMatchObject({
      targets: {
        select: ["all"],
        empty: "fail",
        unavailable: null,
        strategy: { mode: "parallel", batch: null },
      },
      targetsFrom: "all",
      timeout: 300_000,
      delivery: "atMostOnce",
      onLost: "fail",
      retry: { attempts: 1 },
      condition: "true",
      successCodes: [0],
    });
  });

  test("durations become milliseconds and templates stay", () => {
    const { steps } = normalise({
      defaults: { timeout: "1h30m" },
      steps: [
        { name: "a", type: "function", function: "f@3" },
        { name: "b", type: "wait", duration: 250 },
        { name: "c", type: "wait", duration: `\${{ inputs.pause }}` },
        { name: "d", type: "prompt", message: "?" },
      ],
    });
    expect(steps.map((step) => [step.timeout, step.type === "wait" ? step.wait : null])).toEqual([
      [5_400_000, null],
      [null, { for: "duration", duration: 250 }],
      [null, { for: "duration", duration: { template: `\${{ inputs.pause }}` } }],
      [null, null],
    ]);
  });

  test("defaults reach steps that work, and a command that may run once is never run again because it was lost", () => {
    const { steps } = normalise({
      defaults: { timeout: "1m", retry: { attempts: 3, on: ["error", "lost"] }, env: { A: 1, B: "b" } },
      steps: [
        { name: "a", type: "execute", command: "x", env: { B: "own" } },
        { name: "b", type: "execute", command: "x", delivery: "atLeastOnce" },
        { name: "c", type: "workflow", workflow: "w" },
      ],
    });
    expect(steps.map(({ timeout, retry, env }) => [timeout, retry.attempts, retry.on, env])).toEqual([
      [60_000, 3, ["error"], { A: "1", B: "own" }],
      [60_000, 3, ["error", "lost"], { A: "1", B: "b" }],
      [null, 1, ["error", "timeout", "lost"], { A: "1", B: "b" }],
    ]);
  });

  test("steps of the same name get numbered ids, and a given id is never taken by a name", () => {
    const wait = { type: "wait" as const, duration: 1 };
    const { steps } = normalise({
      steps: [
        { name: "Check it!", ...wait },
        { name: "Check it", ...wait },
        { name: "other", id: "check_it_2", ...wait },
        { name: "Größe 2", ...wait },
        { name: "2 more", ...wait },
        { name: "…", ...wait },
      ],
    });
    expect(steps.map(({ id }) => id)).toEqual([
      "check_it",
      "check_it_3",
      "check_it_2",
      "gro_e_2",
      "_2_more",
      "step",
    ]);
  });

  test("a prompt without options has one, and an option may carry its outcome", () => {
    const { steps } = normalise({
      steps: [
        { name: "a", type: "prompt", message: "Go?" },
        {
          name: "b",
          type: "prompt",
          message: "Go?",
          options: ["Yes", { value: "No", outcome: "cancel" }],
          onTimeout: "No",
          approvers: { groups: ["admin"] },
        },
      ],
    });
    expect(steps).toMatchObject([
      {
        options: [{ value: "Continue", outcome: "continue" }],
        approvers: null,
        onTimeout: { action: "fail" },
      },
      {
        options: [
          { value: "Yes", label: "Yes" },
          { value: "No", outcome: "cancel" },
        ],
        approvers: { users: [], groups: ["admin"], count: 1, allowStarter: true },
        onTimeout: { action: "answer", option: "No" },
      },
    ]);
  });
});
