import { ProblemError } from "@pulse/schema/problem";
import type { Plan } from "@pulse/schema/workflow/plan";
import { everyStep } from "@pulse/schema/workflow/step-lists";
import { validate } from "@pulse/schema/workflow/validate";
import fc from "fast-check";
import { expect, test } from "vitest";
import { fold } from "../advance/advance.ts";
import type { Cause, Outcome } from "../advance/events.ts";
import { isCause } from "../advance/events.ts";
import { indexOf } from "../advance/plan-index.ts";
import { type Answers, PlayedWorld } from "../advance/played-world.suite.ts";
import { randomDefinition } from "../advance/random-plans.suite.ts";
import { readSnapshot, snapshotOf } from "../advance/state.ts";
import { type Again, keepFrom } from "./keep.ts";

type Json = Record<string, unknown>;

/** The options of prompts that are asked side by side; no other prompt has so few. */
const sideBySide = ["Yes", "No"];

/** A definition in which nothing depends on which of two things that run at once is faster. */
function withoutRaces(value: unknown, isInside = false): unknown {
  if (Array.isArray(value)) return value.map((one) => withoutRaces(one, isInside));
  if (typeof value !== "object" || value === null) return value;
  const { needs: _needs, failFast: _failFast, join: _join, ...step } = value as Json;
  const together = step.type === "parallel" || step.type === "foreach";
  // What is inside of a step that was tried again began with what the tries before it had left, a rerun begins without.
  const isNest = together || step.type === "if" || step.type === "switch";
  if (isNest) delete step.retry;
  if (isNest && (step.onFailure as Json | undefined)?.then === "retry") {
    const { then: _then, ...onFailure } = step.onFailure as Json;
    step.onFailure = onFailure;
  }
  const made = Object.fromEntries(
    Object.entries(step).map(([name, one]) => [name, withoutRaces(one, isInside || together)]),
  );
  if (made.type === "prompt" && isInside) return { ...made, options: sideBySide, onTimeout: "fail" };
  if (!isInside || (made.type !== "stop" && made.type !== "set")) return made;
  return { name: made.name, type: "notify", channel: "slack:ops", message: "hello" };
}

/** The plan of a definition without its races and its time limit; one that is not valid is passed over. */
function planWithoutRaces(definition: unknown): Plan {
  const { timeout: _timeout, ...rest } = withoutRaces(definition) as Json;
  const { plan } = validate(rest);
  if (plan === null) return fc.pre(false) as never;
  return plan;
}

/** What the world says to a question: always the same to the same one. */
function answersOf(seed: number): Answers {
  const pick = (text: string, below: number): number => {
    let hash = seed ^ 0x9e3779b9;
    for (const char of text) hash = Math.imul(hash ^ char.charCodeAt(0), 0x01000193);
    hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
    return (hash >>> 8) % below;
  };
  const statuses = [
    "succeeded",
    "succeeded",
    "succeeded",
    "succeeded",
    "failed",
    "timed_out",
    "lost",
  ] as const;
  const outcome = (text: string): Outcome => ({
    ...{ status: statuses[pick(text, statuses.length)] ?? "succeeded", exitCode: pick(text, 3), stdout: "x" },
    output: { status: pick(text, 3) === 0 ? 500 : 200, body: null },
  });
  return {
    runners: ["web-1", "web-2", "web-3"],
    inputs: { on: pick("on", 2) === 0, missing: null, list: ["a", "b", "c"] },
    job: ({ step, attempt }, target) => outcome(`${step}#${attempt}@${target}`),
    call: ({ key }) => outcome(key),
    // `promptResponse` is the answer of whichever is answered last: what is asked side by side gets one answer.
    prompt: ({ key, options }) =>
      options[pick(options.length === sideBySide.length ? "side by side" : key, options.length)]?.value ??
      null,
  };
}

interface Rerun {
  first: PlayedWorld;
  second: PlayedWorld;
}

function play(plan: Plan, answers: Answers): PlayedWorld {
  return new PlayedWorld(plan, answers).run();
}

/** Null: it cannot begin there, and says so. */
function rerun(first: PlayedWorld, answers: Answers, again: Again): Rerun | null {
  let kept: ReturnType<typeof keepFrom>;
  try {
    kept = keepFrom(
      { id: "exe_1", plan: first.plan, state: structuredClone(first.state) },
      first.plan,
      again,
    );
  } catch (error) {
    if (error instanceof ProblemError) return null;
    throw error;
  }
  const second = new PlayedWorld(first.plan, answers);
  const { execution, inputs } = first.state;
  const event = { type: "execution.started", execution, inputs, ...(kept === null ? {} : { kept }) };
  second.tell(JSON.parse(JSON.stringify(event)) as Omit<Cause, "at">);
  while (second.state.phase !== "ended" && second.tick());
  return { first, second };
}

test("begun again from any step that ran, a run ends as it did, and no step before that one begins", () => {
  let begun = 0;
  fc.assert(
    fc.property(randomDefinition, fc.nat(), (definition, seed) => {
      const plan = planWithoutRaces(definition);
      const answers = answersOf(seed);
      const first = play(plan, answers);
      expect(first.state.phase).toBe("ended");
      const started = new Set(first.facts("step.started").map(({ step }) => step));
      const ids = [...started].flatMap((path) => first.state.steps.get(path)?.id ?? []);
      for (const id of new Set(ids)) {
        const made = rerun(first, answers, { fromStep: id, onlyFailed: false });
        if (made === null) continue;
        begun++;
        const { second } = made;
        const at = `from ${id}`;
        expect([at, second.state.phase, second.state.status]).toEqual([at, "ended", first.state.status]);
        const again = new Set(second.facts("step.started").map(({ step }) => step));
        const before = [...idsBefore(plan, id)];
        expect([at, before.filter((one) => again.has(one))]).toEqual([at, []]);
        expect([at, again.size > 0]).toEqual([at, true]);
        const ends = first.ends();
        const others = Object.entries(second.ends()).filter(([path, end]) => ends[path] !== end);
        expect([at, others]).toEqual([at, []]);
        const missed = [...started].filter(
          (path) => !again.has(path) && second.state.steps.has(path) && !second.state.steps.get(path)?.reused,
        );
        expect([at, missed]).toEqual([at, []]);
        const { vars, failure, outputs, rollback, touched, kept } = second.state;
        const seen = {
          // Of two that failed at once either may be named.
          ...{ vars, hasFailure: failure !== null, outputs, rollback },
          touched: Object.keys(touched).sort(),
        };
        const was = first.state;
        expect([at, seen]).toEqual([
          at,
          {
            ...{
              vars: was.vars,
              hasFailure: was.failure !== null,
              outputs: was.outputs,
              rollback: was.rollback,
            },
            touched: Object.keys(was.touched).sort(),
          },
        ]);
        expect([at, kept?.steps, kept?.resumed, kept?.targets]).toEqual([at, {}, {}, {}]);
        checkFold(second);
      }
    }),
    { numRuns: 150 },
  );
  expect(begun).toBeGreaterThan(100);
}, 120_000);

test("begun again with what failed, a run goes well when all that is asked again goes well", () => {
  let begun = 0;
  fc.assert(
    fc.property(randomDefinition, fc.nat(), (definition, seed) => {
      const plan = planWithoutRaces(definition);
      const first = play(plan, answersOf(seed));
      const good: Answers = {
        ...answersOf(seed),
        job: () => ({ status: "succeeded", exitCode: 0, stdout: "x" }),
        call: () => ({ status: "succeeded", output: { status: 200, body: null } }),
      };
      const made = rerun(first, good, { onlyFailed: true });
      if (made === null) return;
      begun++;
      const { second } = made;
      expect(second.state.phase).toBe("ended");
      expect(second.facts("step.started").filter(({ step }) => second.state.steps.get(step)?.reused)).toEqual(
        [],
      );
      const done = new Set(
        first
          .asked("submitTargets")
          .flatMap(({ step, targets }) =>
            targets.flatMap(({ id }) =>
              second.state.steps.get(step)?.targets[id]?.reused === true ? `${step}@${id}` : [],
            ),
          ),
      );
      const jobs = second
        .asked("submitTargets")
        .flatMap(({ step, targets }) => targets.map(({ id }) => `${step}@${id}`));
      expect(jobs.filter((job) => done.has(job))).toEqual([]);
      checkFold(second);
    }),
    { numRuns: 150 },
  );
  expect(begun).toBeGreaterThan(20);
}, 120_000);

/** Ids of the steps that end before a step begins, with all inside them. */
function idsBefore(plan: Plan, id: string): Set<string> {
  const index = indexOf(plan);
  const found = new Set<string>();
  for (let place = index.place(id); place !== undefined; place = index.place(place.ownerId)) {
    for (const one of index.ancestors(place.step.id)) {
      for (const step of everyStep([index.step(one)])) found.add(step.id);
    }
  }
  return found;
}

function checkFold({ plan, log, state }: PlayedWorld): void {
  expect(fold(plan, log)).toEqual(state);
  const causes = log.filter(isCause);
  const half = Math.ceil(causes.length / 2);
  const kept = JSON.parse(JSON.stringify(snapshotOf(fold(plan, causes.slice(0, half)))));
  expect(fold(plan, causes.slice(half), readSnapshot(kept))).toEqual(state);
}
