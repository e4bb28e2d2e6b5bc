import { expect, test } from "vitest";
import { isPosixShell } from "./shell-rules.ts";
import { validate } from "./validate.ts";

const t = (text: string) => `\${{ ${text} }}`;
const template = t("inputs.a");
const step = (more: object) => ({ name: "S", type: "execute", targets: ["all"], ...more });

function found(more: object, defaults: object = {}): string[] {
  const definition = { inputs: { a: { type: "string" } }, defaults, steps: [step(more)] };
  return validate(definition).errors.map(({ pointer, code }) => `${pointer} ${code}`);
}

test.each([
  ["/bin/sh", true],
  ["bash -euo pipefail", true],
  ["/usr/bin/env bash", true],
  ["busybox sh", true],
  ["zsh", true],
  ["fish", false],
  ["pwsh -NoProfile", false],
  ["python3 -c", false],
  ["/usr/bin/env python3", false],
  ["busybox", false],
  ["sudo bash", false],
  ["", false],
])("%j reads words in quotes as POSIX says: %j", (shell, wanted) => {
  expect(isPosixShell(shell)).toBe(wanted);
});

test("a template in a command for another shell is refused, and by env it is given to any", () => {
  for (const shell of ["fish", "pwsh", "python3 -c"]) {
    expect(found({ command: `echo ${template}`, shell })).toEqual(["/steps/0/command foreign_shell"]);
    expect(found({ command: `echo ${template}` }, { shell })).toEqual(["/steps/0/command foreign_shell"]);
    expect(found({ command: "echo $A", env: { A: template }, shell })).toEqual([]);
  }
  expect(found({ command: `echo ${template}`, shell: "bash -eu" }, { shell: "fish" })).toEqual([]);
  expect(found({ command: `echo ${template}`, shell: template })).toEqual([]);
});

test("the first line of a script says who reads it", () => {
  const script = (first: string) => ({ script: `#!${first}\necho ${template}\n` });
  expect(found(script("/bin/bash -e"))).toEqual([]);
  expect(found(script(" /usr/bin/env bash"))).toEqual([]);
  expect(found(script("/usr/bin/env python3"))).toEqual(["/steps/0/script foreign_shell"]);
  expect(found({ ...script("/usr/bin/node"), shell: "bash" })).toEqual(["/steps/0/script foreign_shell"]);
});

test.each([
  ["secrets.X", []],
  ["secrets['X']", []],
  ["inputs.key", []],
  ["'Bearer ' + secrets.X", ["secret_out_of_place"]],
  ["secrets.X.length", ["secret_out_of_place"]],
  ["secrets[inputs.a]", ["secret_out_of_place"]],
  ["secrets", ["secret_out_of_place"]],
  ["'x' + inputs.key", ["secret_out_of_place"]],
  ["[secrets.X].length", ["secret_out_of_place"]],
])("of a secret, %s may stand in env: %j is found", (text, codes) => {
  const inputs = { a: { type: "string" }, key: { type: "secret" } };
  const env = { TOKEN: `Bearer ${t(text)}` };
  const one = step({ command: "x", env, secrets: { X: "stored" } });
  expect(validate({ inputs, steps: [one] }).errors.map(({ code }) => code)).toEqual(codes);
});
