import fc from "fast-check";
import { expect, test } from "vitest";
import { anyDefinition } from "./definitions.suite.ts";
import { type Box, layOut, nearestSlot, rowsOf } from "./graph-layout.ts";
import { everyStep, outlineOf } from "./outline.ts";

const overlap = (a: Box, b: Box) =>
  a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
const isWithin = (a: Box, b: Box) =>
  a.x >= b.x && a.y >= b.y && a.x + a.width <= b.x + b.width && a.y + a.height <= b.y + b.height;

test("every step is drawn once, inside what it belongs to, and over nothing else", () => {
  fc.assert(
    fc.property(anyDefinition, (definition) => {
      const lists = outlineOf(definition);
      const graph = layOut(lists);
      const all: Box = { x: 0, y: 0, width: graph.width, height: graph.height };
      expect(graph.steps.map(({ step }) => step.pointer).sort()).toEqual(
        [...everyStep(lists)].map(({ pointer }) => pointer).sort(),
      );
      const boxes = [
        ...graph.steps.map((one) => ({ box: one, pointer: one.step.pointer })),
        ...graph.lists.map((one) => ({ box: one, pointer: one.list.pointer })),
      ];
      for (const one of boxes) {
        expect(isWithin(one.box, all)).toBe(true);
        for (const other of boxes) {
          if (one === other) continue;
          if (other.pointer.startsWith(`${one.pointer}/`)) expect(isWithin(other.box, one.box)).toBe(true);
          else if (!one.pointer.startsWith(`${other.pointer}/`))
            expect(overlap(one.box, other.box)).toBe(false);
        }
      }
      for (const { from, to } of graph.edges) expect(to.y).toBeGreaterThan(from.y);
    }),
    { numRuns: 200 },
  );
});

const wait = (name: string, needs?: string[]) => ({
  name,
  type: "wait",
  duration: 1,
  ...(needs && { needs }),
});
const rows = (steps: object[]) =>
  rowsOf(outlineOf({ steps })[0]?.steps ?? []).map((row) => row.map(({ name }) => name));

test("steps stand below what they wait for, and beside what they do not", () => {
  expect(rows([wait("a"), wait("b"), wait("c")])).toEqual([["a"], ["b"], ["c"]]);
  expect(rows([wait("a"), wait("b", []), wait("c", ["a", "b"])])).toEqual([["a", "b"], ["c"]]);
  expect(rows([wait("late", ["a"]), wait("a", [])])).toEqual([["a"], ["late"]]);
  expect(
    rows([wait("a", ["b"]), wait("b", ["a"])])
      .flat()
      .sort(),
  ).toEqual(["a", "b"]);
});

test("a step is dropped at the nearest place, but not inside itself", () => {
  // biome-ignore lint/suspicious/noThenProperty: the format says so.
  const steps = [wait("a"), { name: "if", type: "if", if: "true", then: [wait("b")] }];
  const graph = layOut(outlineOf({ steps }));
  const inside = graph.slots.find(({ list }) => list.includes("then"));
  expect(inside).toBeDefined();
  if (inside === undefined) return;
  expect(nearestSlot(graph, inside, null)).toEqual(inside);
  expect(nearestSlot(graph, inside, ["steps", 1])?.list).toEqual(["steps"]);
});
