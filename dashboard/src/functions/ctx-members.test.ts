import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { ctxMembersAt } from "./ctx-members.ts";

const root = new URL("../../..", import.meta.url);
const read = (path: string) => readFileSync(new URL(path, root), "utf8");
const names = (path: string, before: string) =>
  ctxMembersAt(path, before)
    ?.members.map(({ name }) => name)
    .sort();

test("in TypeScript it offers just what the runtime's own types say", () => {
  const [, text = ""] =
    /export interface Context \{\n([\s\S]*?)\n\}/.exec(read("runtimes/typescript/pulse.d.ts")) ?? [];
  const told = [...text.matchAll(/^ {2}(?:readonly )?(\w+)[(:<]/gm)].map(([, name]) => name);
  expect(told.length).toBeGreaterThan(10);
  expect(names("index.ts", "  await ctx.")).toEqual(told.sort());
});

test("in Python it offers just what the runtime gives", () => {
  const [, text = ""] = /class Context:\n([\s\S]*)/.exec(read("runtimes/python/pulse_runtime/call.py")) ?? [];
  const methods = [...text.matchAll(/^ {4}def ([a-z]\w*)\(/gm)].map(([, name]) => name);
  const values = [...text.matchAll(/self\.([a-z]\w*)(?=[^=\n(]*?(?:, self\.\w+)* = )/g)].map(
    ([, name]) => name,
  );
  const told = new Set([...methods, ...values, "PermanentError", "RetryAfter"]);
  expect(names("main.py", "    ctx.")).toEqual([...told].sort());
});

test.each([
  ["index.ts", "ctx.log.", ["debug", "error", "info", "warn"]],
  ["index.ts", "if (ctx?.function?.n", ["alias", "name", "version"]],
  ["main.py", "ctx.cancelled.", ["is_set", "reason", "wait"]],
])("in %s after %s it offers what that has", (path, before, offered) => {
  expect(names(path, before)).toEqual(offered);
});

test.each([
  ["index.ts", "ctx"],
  ["index.ts", "my.ctx."],
  ["index.ts", "ctx.nothing."],
  ["index.ts", "ctx.log.info("],
  ["pulse.jsonc", "ctx."],
])("in %s after %s it offers nothing", (path, before) => {
  expect(ctxMembersAt(path, before)).toBeNull();
});

test("the word begun is told, so that it can be replaced", () => {
  expect(ctxMembersAt("main.py", "x = ctx.remai")?.typed).toBe("remai");
});
