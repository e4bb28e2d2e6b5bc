import fc from "fast-check";
import type { Edit } from "./edits.ts";
import { everyStep, outlineOf } from "./outline.ts";
import type { Json } from "./read-text.ts";

const word = fc.constantFrom(
  "Check disk",
  "deploy: now",
  "yes",
  "# no comment",
  "ñandú",
  "a\nb\n",
  "12",
  "- x",
  "",
  "null",
  "{a}",
);
const value = fc.oneof(word, fc.integer({ min: -5, max: 5 }), fc.boolean(), fc.array(word, { maxLength: 2 }));

/** Steps of any type, nested up to `depth` deep. */
export function anyStep(depth: number): fc.Arbitrary<Json> {
  const inner = depth === 0 ? fc.constant([] as Json[]) : fc.array(anyStep(depth - 1), { maxLength: 2 });
  const common = {
    name: word,
    id: fc.option(fc.constantFrom("a", "b", "c"), { nil: undefined }),
    condition: fc.option(word, { nil: undefined }),
  };
  const cleaned = (step: Json) =>
    Object.fromEntries(Object.entries(step).filter(([, one]) => one !== undefined));
  return fc
    .oneof(
      fc.record({
        ...common,
        type: fc.constant("execute"),
        command: word,
        targets: fc.array(word, { minLength: 1, maxLength: 2 }),
      }),
      fc.record({ ...common, type: fc.constant("prompt"), message: word }),
      // biome-ignore lint/suspicious/noThenProperty: the format says so.
      fc.record({ ...common, type: fc.constant("if"), if: word, then: inner }),
      fc.record({ ...common, type: fc.constant("foreach"), items: value, steps: inner }),
      fc.record({
        ...common,
        type: fc.constant("parallel"),
        branches: fc.array(fc.record({ name: word, steps: inner }), { maxLength: 2 }),
      }),
    )
    .map(cleaned);
}

/** Definitions with lists in lists. */
export const anyDefinition: fc.Arbitrary<Json> = fc.record(
  {
    description: word,
    steps: fc.array(anyStep(2), { maxLength: 4 }),
    finally: fc.array(anyStep(0), { maxLength: 2 }),
  },
  { requiredKeys: ["steps"] },
);

/** What one could do next, as numbers that are taken for the definition as it is then. */
export interface Wish {
  kind: number;
  which: number;
  to: number;
  at: number;
  step: Json;
  value: unknown;
}
export const anyWish: fc.Arbitrary<Wish> = fc.record({
  kind: fc.nat(4),
  which: fc.nat(),
  to: fc.nat(),
  at: fc.nat(),
  step: anyStep(1),
  value: fc.option(value, { nil: undefined }),
});

/** The edit that a wish is in a definition. */
export function editOf(definition: Json, wish: Wish): Edit {
  const lists = outlineOf(definition);
  const steps = [...everyStep(lists)];
  const all = [...lists, ...steps.flatMap((one) => one.lists)];
  const step = steps[wish.which % Math.max(1, steps.length)];
  const list = all[wish.to % Math.max(1, all.length)] ?? { path: ["steps"], steps: [] };
  const at = wish.at % (list.steps.length + 1);
  if (step === undefined || wish.kind === 0) return { kind: "insert", list: list.path, at, step: wish.step };
  if (wish.kind === 1) return { kind: "remove", step: step.path };
  if (wish.kind === 2) return { kind: "duplicate", step: step.path };
  if (wish.kind === 3) return { kind: "move", step: step.path, list: list.path, at };
  const field = ["condition", "command", "timeout"][wish.at % 3] ?? "condition";
  return { kind: "set", at: [...step.path, field], value: wish.value };
}
