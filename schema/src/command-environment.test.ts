import { expect, test } from "vitest";
import { variableFault, variableValue } from "./command-environment.ts";

test.each(["TICKET", "http_proxy", "HOME", "_x9", "DEBIAN_FRONTEND", "ENVIRONMENT", "PATHS"])(
  "%s may be given to a command",
  (name) => {
    expect(variableFault(name)).toBeNull();
  },
);

test.each([
  "LD_PRELOAD",
  "ld_library_path",
  "DYLD_INSERT_LIBRARIES",
  "NODE_OPTIONS",
  "BASH_ENV",
  "ENV",
  "SHELLOPTS",
  "PATH",
  "IFS",
  "PS4",
  "PYTHONSTARTUP",
  "PERL5OPT",
  "GIT_SSH_COMMAND",
  "DOCKER_HOST",
  "TMPDIR",
  "PULSE_EXECUTION",
])("%s may not: it decides what runs", (name) => {
  expect(variableFault(name)).toContain("cannot be set");
});

test.each(["", "A=B", "A\nB", "1A", "A B", "-e", "A\0", "É", "A".repeat(129)])(
  "%j is no name of a variable",
  (name) => {
    expect(variableFault(name)).toContain("not the name");
  },
);

test("a value holds anything but NUL", () => {
  expect(variableValue.safeParse("$(id)\n`x` -rf").success).toBe(true);
  expect(variableValue.safeParse("a\0b").success).toBe(false);
});
