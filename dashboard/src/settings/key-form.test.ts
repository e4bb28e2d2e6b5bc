import { expect, test } from "vitest";
import { type KeyForm, keyOf } from "./key-form.ts";

const empty: KeyForm = {
  name: "ci",
  scopes: [],
  functions: "",
  endsAfterDays: 0,
  rateLimit: "",
  executions: "",
  atOnce: "",
};

test("a key that would open nothing is none", () => {
  expect(keyOf(empty, 0)).toBe(null);
  expect(keyOf({ ...empty, functions: " , " }, 0)).toBe(null);
});

test("what is left empty is not asked for", () => {
  expect(keyOf({ ...empty, scopes: ["read"] }, 0)).toEqual({ name: "ci", scopes: ["read"] });
});

test("functions become scopes of their own, days an end, and numbers limits", () => {
  const form = { ...empty, functions: "resize, hello *", endsAfterDays: 7 };
  expect(keyOf({ ...form, rateLimit: "60", executions: "1000", atOnce: "2" }, 0)).toEqual({
    name: "ci",
    scopes: ["invoke:resize", "invoke:hello", "invoke:*"],
    expiresAt: "1970-01-08T00:00:00.000Z",
    rateLimit: 60,
    quotas: { executions: 1000, concurrentExecutions: 2 },
  });
});
