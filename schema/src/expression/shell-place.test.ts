// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the shell writes its parameters so.
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parseTemplate } from "./parse-template.ts";
import { renderTemplate } from "./render-template.ts";
import { isPosixShell, shellWord } from "./shell-word.ts";

// `@` stands for the template in what follows.
function command(text: string): string {
  return text.replaceAll("@", `\${{ value }}`);
}

function rendered(text: string, value: string): string | null {
  const parsed = parseTemplate(command(text), { mode: "command" });
  if (!parsed.ok) return null;
  const result = renderTemplate(parsed.template, { value }, { now: 0 });
  return result.ok && typeof result.value === "string" ? result.value : null;
}

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "shell-place-"));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const pieces = [
  "'",
  '"',
  "`touch P`",
  "$(touch P)",
  "\\",
  "\n",
  "; touch P;",
  "| touch P",
  "&& touch P",
  "${IFS}",
  "#",
  " ",
  "\t",
  "\r",
  "*",
  "?",
  "~",
  "!",
  "!!",
  "-n",
  "--",
  "%s%n",
  "é",
  "🚀",
  "\x1b[31m",
  "\x7f",
  "\x01",
  "<(touch P)",
  "> P",
  "{a,b}",
  "$'\\''",
  "a=b",
  "]]",
  "))",
  "EOF",
  "\n#",
  "'\n'",
  "\\\n",
  "$((1+1))",
  "[a-z]",
];
const hostile = [
  ...pieces,
  ...pieces.map((piece) => `'${piece}'`),
  ...pieces.map((piece) => `"${piece}${piece}`),
  ...pieces.map((piece, index) => `${pieces[(index * 7 + 3) % pieces.length]}${piece}touch P\n`),
  ...pieces.map((piece) => `x'; touch P; '${piece}`),
  "",
  " ",
  "if",
  "x".repeat(50_000),
  "'".repeat(5000),
];

describe.each(["/bin/sh", "/bin/bash"])("%s", (shell) => {
  test.each([
    "p @",
    "p --name=@x",
    "p a@@b",
    'X=@; p "$X"',
    "X=$(p @; echo hi)",
    'p2 "$(p @; echo "a b")"',
    "(p @)",
    "{ p @; }",
    "if [ @ = x ]; then :; fi; p @",
    'for each in @; do p "$each"; done',
    "case @ in *) p @;; esac",
    "p 'a\"b' \"c'd\" e\\'f @ # it's",
    'p $((1 + (2 * 3))) "$(( 1 << 2 ))" @',
    'p `echo a` "`echo "b"`" @',
    'p "${HOME}" ${HOME:-none} ${#HOME} $$ "$$" $# @',
    "# isn't it\np @ 2>/dev/null",
    "p a \\\n  @",
    'p "a\\"b" @',
    "p a#b'c' \"d#\" @",
    "p $(echo a)#'b' @",
    "true && p @ || p2 @; p2 2>&1 @ >/dev/null",
  ])("every hostile value is one word, and runs nothing: %s", (text) => {
    const values = hostile.filter((value) => !value.includes("\0"));
    const lines = values.map((value) => rendered(text, value));
    expect(lines).not.toContain(null);
    const script = join(folder, "script");
    const counted = text.replaceAll("@@", "@").split("@").length > 1;
    expect(counted).toBe(true);
    // `p` tells its last argument, and how many there were, past any substitution.
    const start =
      'exec 3>&1\np() { n=$#; while [ $# -gt 1 ]; do shift; done; printf "%s\\0" "$n" "$1" >&3; }\np2() { :; }\n';
    writeFileSync(script, start + lines.join("\n"));
    const output = execFileSync(shell, [script], {
      cwd: folder,
      encoding: "utf8",
      maxBuffer: 1e8,
      stdio: ["ignore", "pipe", "ignore"],
    });
    const told = output.split("\0").slice(0, -1);
    const seen = told.filter((_, index) => index % 2 === 1);
    const around: Record<string, [string, string]> = { "p --name=@x": ["--name=", "x"] };
    const [before, after] = around[text] ?? ["", ""];
    expect(seen).toStrictEqual(
      values.map((value) => (text === "p a@@b" ? `a${value}${value}b` : `${before}${value}${after}`)),
    );
    expect(new Set(told.filter((_, index) => index % 2 === 0)).size).toBe(1);
    expect(existsSync(join(folder, "P"))).toBe(false);
  });

  test("200 values are hostile", () => {
    expect(hostile.length).toBeGreaterThanOrEqual(200);
  });

  test("no value runs anything wherever random commands let it stand", () => {
    const tokens = [
      "@",
      "@",
      "@",
      "'",
      '"',
      "\\",
      "$(: ",
      ")",
      "(: ",
      "((",
      "`",
      "${x",
      "${x:-",
      "}",
      "#",
      "\n",
      " ",
      " ",
      "echo ",
      "b",
      "<<E\n",
      "\nE\n",
      "$((1+",
      "))",
      "case b in ",
      "b)",
      ";;",
      " esac",
      "$",
      "[[ ",
      " ]]",
      ";",
      "\\\n",
      "<<<",
      "<",
      "&",
      "|",
      "$'",
      '$"',
      "=",
      "$[",
      "]",
      "!",
      "{ ",
      "é",
    ];
    const scripts = fc
      .sample(fc.array(fc.constantFrom(...tokens), { minLength: 2, maxLength: 14 }), {
        numRuns: 40_000,
        seed: 7,
      })
      .flatMap((parts) =>
        parts.includes("@")
          ? (rendered(parts.join(""), '\';touch P\n"$(touch P)"`touch P`\ntouch P #') ?? [])
          : [],
      )
      .slice(0, 400);
    expect(scripts.length).toBeGreaterThan(300);
    scripts.forEach((script, index) => {
      writeFileSync(join(folder, `fuzz-${index}`), script);
    });
    const all = `for each in fuzz-*; do timeout 5 ${shell} "$each"; if [ -e P ]; then echo "$each"; exit; fi; done`;
    const ran = execFileSync("/bin/sh", ["-c", all], {
      cwd: folder,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    });
    const broken = /^fuzz-(\d+)$/m.exec(ran)?.[1];
    expect(broken === undefined ? null : scripts[Number(broken)]).toBe(null);
  }, 120_000);
});

test.each([
  'echo "@"',
  "echo '@'",
  'echo "a $(b) @"',
  'echo "a `b` @"',
  "echo `b @`",
  "echo $'@'",
  "echo ${x:-@}",
  "echo $((1 + @))",
  "echo \\@",
  "# @",
  "echo # @",
  "cat <<EOF\n@\nEOF",
  "cat <<EOF\nEOF\necho @",
  "cat <<-'EOF'\n@",
  "cat <<@\n@",
  "echo $(case x in x) echo @;; esac)",
  "((i = @))",
  "echo ${x:-'a'} @",
  "echo $[1] @",
  "echo $'\\'' @",
  'echo "$(echo "@")"',
  'echo `echo "@"`',
  "echo $\\\n(@)",
])("a template is refused where a quoted word would not be one: %j", (text) => {
  const parsed = parseTemplate(command(text), { mode: "command" });
  expect(parsed.ok ? [] : [...new Set(parsed.problems.map(({ code }) => code))]).toStrictEqual([
    "inside_quotes",
  ]);
});

test("the problem says what to do", () => {
  const parsed = parseTemplate(command('echo "@"'), { mode: "command" });
  expect(parsed.ok ? null : parsed.problems[0]).toStrictEqual({
    code: "inside_quotes",
    message:
      "a template cannot stand inside double quotes; take the quotes away: it expands to one quoted word by itself, and text may stand right beside it",
    column: 7,
  });
});

test("quotes hold in shells of the POSIX family only", () => {
  for (const shell of ["sh", "/bin/bash -euo pipefail", " dash", "zsh -f", "busybox sh"])
    expect(isPosixShell(shell)).toBe(true);
  for (const shell of ["", "fish", "pwsh -c", "python3", "cmd.exe", "/usr/bin/env bash"])
    expect(isPosixShell(shell)).toBe(false);
  expect(shellWord("it's")).toBe("'it'\\''s'");
});
