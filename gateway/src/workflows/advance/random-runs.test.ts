import { validate } from "@pulse/schema/workflow/validate";
import fc from "fast-check";
import { expect, test } from "vitest";
import { advance, fold, outstanding } from "./advance.ts";
import type { Command } from "./commands.ts";
import type { Cause, Fact, RunEvent } from "./events.ts";
import { randomDefinition } from "./random-plans.suite.ts";
import { emptyState, type RunState, readSnapshot, snapshotOf } from "./state.ts";

const statuses = ["succeeded", "succeeded", "succeeded", "failed", "timed_out", "lost", "cancelled"] as const;

/** What the world could say next about one thing that is asked or timed. */
function replies(state: RunState, pick: (below: number) => number): object[] {
  const outcome = () => ({
    ...{ status: statuses[pick(statuses.length)], exitCode: pick(3), stdout: "x" },
    ...{ output: { status: pick(2) === 0 ? 200 : 500, body: null } },
  });
  const found: object[] = [...state.timers.keys()].map((key) => ({ type: "timer.fired", key }));
  for (const { command } of state.asked.values()) {
    const { key } = command;
    if (command.type === "resolveTargets") {
      const names = ["web-1", "web-2", "web-3", "web-4"].slice(0, 1 + pick(4));
      const states = ["run", "run", "run", "wait", "skip"];
      const targets = names.map((name) => ({ id: name, name, state: states[pick(5)], reason: "offline" }));
      for (const one of targets)
        if (one.state === "run" || one.state === "wait") Object.assign(one, { reason: null });
      const canRun = targets.some(({ reason }) => reason === null);
      const verdict = canRun && pick(6) > 0 ? "run" : pick(2) === 0 ? "skip" : "fail";
      found.push({ type: "targets.resolved", key, resolution: { verdict, reason: null, targets } });
    } else if (command.type === "submitTargets") {
      for (const { id } of command.targets) {
        found.push({ type: "target.settled", key, target: id, outcome: outcome() });
        if (pick(3) === 0)
          found.push({ type: "target.submitted", key, target: id, executionId: `exe_${id}` });
      }
    } else if (command.type === "openPrompt") {
      const option = command.options[pick(command.options.length)];
      found.push({ type: "prompt.answered", key, response: option?.value, by: "anna" });
    } else if (command.type === "awaitEvent") {
      found.push({ type: "event.received", name: command.name, data: { n: pick(3) } });
    } else if (command.type === "acquire") {
      if (pick(4) > 0) found.push({ type: "slot.granted", key });
      else found.push({ type: "slot.refused", key, reason: "taken", skip: pick(2) === 0 });
    } else if (command.type === "startChild") {
      found.push({
        type: pick(3) === 0 ? "child.started" : "child.settled",
        key,
        executionId: "exe_c",
        outcome: outcome(),
      });
    } else found.push({ type: "call.settled", key, outcome: outcome() });
  }
  return found;
}

/** What may come at any time: repeated answers, answers nobody waits for, and people's words. */
function noise(log: readonly RunEvent[], pick: (below: number) => number): object | null {
  const kind = pick(60);
  if (kind === 0) return { type: "cancel.requested", by: "anna" };
  if (kind === 1) return { type: "rollback.requested", by: "anna" };
  if (kind < 12) return log[pick(log.length)] ?? null;
  return kind < 14 ? { type: "timer.fired", key: "unknown" } : null;
}

interface Played {
  state: RunState;
  log: Cause[];
  facts: Fact[];
  commands: Command[];
}

const mostEvents = 5000;

function play(plan: NonNullable<ReturnType<typeof validate>["plan"]>, seed: number): Played {
  let random = seed >>> 0;
  const pick = (below: number) => {
    random = (Math.imul(random, 1664525) + 1013904223) >>> 0;
    return Math.floor((random / 2 ** 32) * below);
  };
  const played: Played = { state: emptyState(), log: [], facts: [], commands: [] };
  const inputs = { on: pick(2) === 0, missing: null, list: ["a", "b", "c"] };
  let at = 1000;
  let next: object = { type: "execution.started", execution: { id: "exe_1" }, inputs };
  while (played.log.length < mostEvents) {
    const event = { ...next, at: ++at } as Cause;
    const ended = played.state.phase === "ended" ? structuredClone(played.state) : null;
    const { state, facts, commands } = advance(plan, played.state, event);
    if (ended !== null)
      expect({ state, commands }).toEqual({ state: { ...ended, asked: state.asked }, commands: [] });
    played.log.push(event);
    played.facts.push(...facts);
    played.commands.push(...commands);
    played.state = state;
    const open = replies(state, pick);
    const extra = noise(played.log, pick);
    if (state.phase === "ended" && open.length === 0) break;
    const chosen = extra ?? open[pick(open.length)];
    expect(chosen, "a run that has not ended asks for something").toBeDefined();
    if (chosen === undefined) break;
    next = chosen;
  }
  return played;
}

const runs = 400;

test("whatever the plan and the order of what settles, a run ends, and its log folds to the same state", () => {
  fc.assert(
    fc.property(randomDefinition, fc.nat(), (definition, seed) => {
      const { plan } = validate(definition);
      fc.pre(plan !== null);
      const { state, log, facts, commands } = play(plan, seed);
      expect(state.phase).toBe("ended");
      expect([...state.timers.keys()]).toEqual([]);
      expect([...state.asked.keys()]).toEqual([]);
      expect(state.busy).toBe(0);
      expect(fold(plan, log)).toEqual(state);
      const half = Math.floor(log.length / 2);
      const kept = JSON.parse(JSON.stringify(snapshotOf(fold(plan, log.slice(0, half)))));
      expect(fold(plan, log.slice(half), readSnapshot(kept))).toEqual(state);
      const starts = facts.flatMap((one) =>
        one.type === "step.started" ? `${one.step}#${one.attempt}` : [],
      );
      expect(new Set(starts).size).toBe(starts.length);
      const ends = facts.flatMap((one) => (one.type === "step.settled" ? one.step : []));
      expect(new Set(ends).size).toBe(ends.length);
      const asked = commands.flatMap((one) => (answered.has(one.type) && "key" in one ? one.key : []));
      expect(new Set(asked).size).toBe(asked.length);
      expect(commands.filter(({ type }) => type === "settle")).toHaveLength(1);
      expect(outstanding(state).map(({ type }) => type)).toEqual(["settle"]);
    }),
    { numRuns: runs },
  );
}, 120_000);

const answered: ReadonlySet<string> = new Set([
  ...[
    "resolveTargets",
    "submitTargets",
    "openPrompt",
    "awaitEvent",
    "callHttp",
    "notify",
    "startChild",
    "acquire",
  ],
]);
