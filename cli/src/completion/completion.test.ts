import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { buildProgram } from "../program.ts";
import { bashScript } from "./bash.ts";
import { commandTable } from "./command-table.ts";
import { fishScript } from "./fish.ts";
import { zshScript } from "./zsh.ts";

const rows = commandTable(await buildProgram("en"));
const isHere = (program: string) => spawnSync("sh", ["-c", `command -v ${program}`]).status === 0;

/** What bash offers after these words, the last of which is being typed. */
function offered(...words: string[]): string[] {
  const line = ["pulse", ...words].map((word) => `'${word}'`).join(" ");
  const script = `${bashScript(rows)}\nCOMP_WORDS=(${line})\nCOMP_CWORD=${words.length}\n_pulse\nprintf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout, stderr } = spawnSync("bash", ["-c", script], { encoding: "utf8" });
  expect(stderr).toBe("");
  return stdout.split("\n").filter((word) => word !== "");
}

test("the table has every command that help shows, with its flags", () => {
  const deploy = rows.find((row) => row.path === "deploy");
  expect(deploy?.flags.flatMap(({ names }) => names)).toEqual(
    expect.arrayContaining(["-m", "--message", "--no-wait"]),
  );
  expect(rows.map((row) => row.path)).toEqual(
    expect.arrayContaining(["", "function", "function rollback", "doctor"]),
  );
});

test("no word is a flag with a value in one command and without one in another", () => {
  const flags = rows.flatMap((row) => row.flags);
  for (const { names, takesValue } of flags)
    for (const other of flags)
      if (other.names.some((name) => names.includes(name)))
        expect([names, other.takesValue]).toEqual([names, takesValue]);
});

for (const [shell, script, flag] of [
  ["bash", bashScript, "-n"],
  ["zsh", zshScript, "-n"],
  ["fish", fishScript, "--no-execute"],
] as const) {
  test.skipIf(!isHere(shell))(`the script for ${shell} parses`, () => {
    const folder = mkdtempSync(join(tmpdir(), "pulse-completion-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    // From a file, for fish does not read a pipe when it only checks.
    const file = join(folder, "script");
    writeFileSync(file, script(rows));
    const checked = spawnSync(shell, [flag, file], { encoding: "utf8" });
    expect([checked.status, checked.stderr]).toEqual([0, ""]);
  });
}

test("each script names every command, and quotes survive descriptions", () => {
  for (const script of [bashScript(rows), zshScript(rows), fishScript(rows)])
    for (const { path } of rows) expect(script).toContain(`'${path}'`);
});

test.each([
  [["dep"], ["deploy"]],
  [
    ["function", ""],
    ["list", "get", "versions", "rollback", "aliases", "promote", "inputs", "delete"],
  ],
  [["function", "ro"], ["rollback"]],
  [["--profile", "prod", "execution", "ca"], ["cancel"]],
  [["-C", "function", "runner", "dr"], ["drain"]],
  [["deploy", "--al"], ["--alias"]],
  [["invoke", "hello", "--id"], ["--idempotency-key"]],
  [
    ["--lang", ""],
    ["en", "es"],
  ],
  [["whoami", "--tr"], ["--trace"]],
  [["deploy", "exa"], []],
  [["login", "--key-file", "dep"], []],
])("bash offers after %j", (words, expected) => {
  expect(offered(...words)).toEqual(expected);
});
