import { expect, test } from "vitest";
import { isColoured, timeoutOf } from "./global-flags.ts";
import { en } from "./messages/en.ts";

const terminal = { isTTY: true };

test.each([
  [{}, {}, terminal, true],
  [{}, {}, {}, false],
  [{}, { TERM: "dumb" }, terminal, false],
  [{}, { NO_COLOR: "1" }, terminal, false],
  [{}, { NO_COLOR: "" }, terminal, true],
  [{}, { FORCE_COLOR: "1" }, {}, true],
  [{}, { FORCE_COLOR: "0" }, terminal, false],
  [{}, { FORCE_COLOR: "1", NO_COLOR: "1" }, terminal, false],
  [{ color: false }, { FORCE_COLOR: "1" }, terminal, false],
])("flags %j, environment %j, stream %j: coloured %s", (flags, env, stream, expected) => {
  expect(isColoured(flags, env, stream)).toBe(expected);
});

test("--timeout is a duration", () => {
  expect(timeoutOf(undefined, en)).toBeNull();
  expect(timeoutOf("1m30s", en)).toBe(90_000);
  for (const given of ["soon", "0s", "-1s", "30", "40d"])
    expect(() => timeoutOf(given, en)).toThrow("--timeout takes");
});
