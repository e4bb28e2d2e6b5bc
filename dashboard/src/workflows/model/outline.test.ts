import fc from "fast-check";
import { expect, test } from "vitest";
import { everyStep, outlineOf } from "./outline.ts";
import { type Json, readText } from "./read-text.ts";

test("whatever JSON a definition holds, there is an outline of it", () => {
  fc.assert(
    fc.property(fc.array(fc.jsonValue(), { maxLength: 3 }), fc.jsonValue(), (some, any) => {
      const step = (type: string) => ({
        type,
        // biome-ignore lint/suspicious/noThenProperty: the format says so.
        then: any,
        cases: any,
        branches: some,
        steps: any,
        needs: some,
        onFailure: any,
        name: any,
        id: any,
      });
      const steps = [...some, step("if"), step("switch"), step("parallel"), step("foreach")];
      const definition = { steps, finally: any } as Json;
      expect(() => outlineOf(definition)).not.toThrow();
    }),
  );
});

test("what waits for an object that is no text waits for nothing", () => {
  const odd = { toString: null };
  const steps = [{ name: "A" }, { name: "B", needs: [odd, [odd]], targets: [odd] }];
  const [list] = outlineOf({ steps } as unknown as Json);
  expect(list?.steps[1]).toMatchObject({ needs: [], targets: '{"toString":null}' });
});

test("an outline says what each list is, and what each step does, where and when", () => {
  const { good } = readText(`
steps:
  - id: ask
    name: Ask
    type: prompt
    message: Go on?
  - name: Route
    type: switch
    condition: promptResponse === 'Yes'
    cases:
      - when: inputs.a
        steps: [{ name: A, type: execute, command: ls, targets: { select: [web, db] } }]
  - name: Both
    type: parallel
    needs: [ask]
    branches: [{ name: Left, condition: 'true', steps: [] }]
finally:
  - { name: Tell, type: notify, channel: "slack:ops", message: done }
`);
  const lists = outlineOf(good?.definition ?? {});
  expect(lists.map(({ role, pointer }) => [role, pointer])).toEqual([
    ["steps", "/steps"],
    ["finally", "/finally"],
  ]);
  const steps = [...everyStep(lists)];
  expect(
    steps.map(({ id, does, targets, needs, condition }) => [id, does, targets, needs, condition]),
  ).toEqual([
    ["ask", "Go on?", null, [], null],
    ["route", null, null, [0], "promptResponse === 'Yes'"],
    ["a", "ls", "web, db", [], null],
    ["both", null, null, [0], null],
    ["tell", "done", null, [], null],
  ]);
  const titles = steps.flatMap(({ lists: inner }) =>
    inner.map(({ role, title, condition }) => [role, title, condition]),
  );
  expect(titles).toEqual([
    ["case", "inputs.a", null],
    ["default", null, null],
    ["branch", "Left", "true"],
  ]);
});
