import { expect, test } from "vitest";
import { executionStatuses, isTerminal } from "./status.ts";
import { transitions } from "./transitions.ts";

test("a terminal state never changes, and every other one leads to an end", () => {
  for (const status of executionStatuses) {
    const exits = transitions.filter(({ from }) => from === status);
    expect([status, exits.length > 0]).toEqual([status, !isTerminal(status)]);
    expect([status, isTerminal(status) || exits.some(({ to }) => isTerminal(to))]).toEqual([status, true]);
  }
});

test("no change of state stands there twice, and every state but the first two is reached by one", () => {
  const pairs = transitions.map(({ from, to }) => `${from} ${to}`);
  expect(new Set(pairs).size).toBe(pairs.length);
  const reached = new Set(transitions.map(({ to }) => to));
  for (const status of executionStatuses.slice(1)) expect([...reached]).toContain(status);
});
