import { workflowJsonSchema } from "@pulse/schema/workflow/json-schema";
import { expect, test } from "vitest";
import { completionsAt } from "./complete.ts";

const schema = workflowJsonSchema();
const names = { functions: ["resize"], workflows: ["patch"], targets: ["all", "web-1"] };

/** What is offered at the `|` of a text, and the word that it replaces. */
function at(marked: string) {
  const offset = marked.indexOf("|");
  const text = marked.slice(0, offset) + marked.slice(offset + 1);
  const found = completionsAt(text, offset, schema, names);
  return {
    options: found?.options.map((one) => one.text) ?? [],
    word: text.slice(found?.from ?? offset, offset),
  };
}

test.each<[string, string[], string[]]>([
  ["|", ["steps", "inputs", "triggers"], ["command"]],
  ["steps:\n  - name: A\n    ty|", ["type", "condition"], ["name", "inputs_"]],
  ["steps:\n- name: A\n  |\n  type: wait\n", ["duration", "until"], ["command", "name", "type"]],
  ["steps:\n  - name: A\n    type: exe|", ["execute", "prompt"], ["succeeded"]],
  ["steps:\n  - type: function\n    function: |", ["resize"], ["patch"]],
  ["steps:\n  - type: workflow\n    workflow: |", ["patch"], ["resize"]],
  ["steps:\n  - type: execute\n    targets: [|", ["all", "web-1"], []],
  [
    "steps:\n  - type: execute\n    retry:\n      attempts: 2\n      |",
    ["backoff", "delay"],
    ["attempts", "command"],
  ],
  [
    "steps:\n  - type: if\n    then:\n      - name: B\n        type: wait\n        d|",
    ["duration"],
    ["command"],
  ],
  ["steps:\n  - type: execute\n    targets:\n      - w|", ["web-1"], ["name"]],
  ["steps:\n  - continueOnError: |", ["true", "false"], []],
  ["inputs:\n  who:\n    type: |", ["string", "choice"], ["execute"]],
  ["rollback: |", ["auto", "ask", "never"], []],
])("%j", (text, there, missing) => {
  const { options } = at(text);
  expect(options).toEqual(expect.arrayContaining(there));
  expect(options.filter((one) => missing.includes(one))).toEqual([]);
});

test("a chosen word replaces what was begun", () => {
  expect(at("steps:\n  - name: A\n    ty|").word).toBe("ty");
  expect(at("steps:\n  - type: pro|").word).toBe("pro");
});

test("nothing is offered in a comment", () => {
  expect(at("# st|").options).toEqual([]);
});
