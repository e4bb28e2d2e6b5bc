import { expect, test } from "vitest";
import { stackLines } from "./stack-places.ts";

const places = (stack: string, files: readonly string[]) =>
  stackLines(stack, files).flatMap(({ place }) => (place === null ? [] : [`${place.file}:${place.line}`]));

test("the lines of a JavaScript stack that stand in the function's files are found", () => {
  const stack = [
    "Error: no width",
    "    at half (lib/sizes.ts:3:9)",
    "    at async index.ts:12:5",
    "    at process.processTicks (node:internal/process/task_queues:95:5)",
    "    at other (node_modules/left/index.ts:1:1)",
  ].join("\n");
  expect(places(stack, ["index.ts", "lib/sizes.ts"])).toEqual(["lib/sizes.ts:3", "index.ts:12"]);
  expect(stackLines(stack, [])).toHaveLength(5);
});

test("the lines of a Python traceback that stand in the function's files are found", () => {
  const stack = [
    "Traceback (most recent call last):",
    '  File "main.py", line 7, in main',
    "    return half(order)",
    '  File "/usr/lib/python3.13/json/__init__.py", line 346, in loads',
    "KeyError: 'width'",
  ].join("\n");
  expect(places(stack, ["main.py"])).toEqual(["main.py:7"]);
});
