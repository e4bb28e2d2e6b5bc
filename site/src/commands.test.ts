import { readFileSync } from "node:fs";
import { commandTable } from "@pulse/cli/completion/command-table";
import { buildProgram } from "@pulse/cli/program";
import { describe, expect, test } from "vitest";
import { blocksOf } from "./markdown.ts";

const rows = commandTable(await buildProgram("en"));
const global = rows[0]?.flags ?? [];
const textOf = (name: string) => readFileSync(new URL(`../../docs/${name}`, import.meta.url), "utf8");
const shell = (name: string) =>
  blocksOf(textOf(name)).filter(({ language }) => ["sh", "bash"].includes(language));

/** What a page may type besides `pulse`: its first word. */
const others = ["npx", "export", "curl"];

/** The commands of a block, also those within `$(…)` and loops. */
function commandsOf(text: string): string[] {
  return text
    .split(/\n|;|\$\(|&&/)
    .map((part) => part.replace(/^\s*((until|do|done|if|then|fi)\b|\w+=$)\s*/, "").trim())
    .filter((part) => part !== "" && !part.startsWith("#") && !part.startsWith("sleep "));
}

/** The longest path of the table that a command's words begin with, and its row; null: there is none. */
function rowOf(command: string) {
  const words = command.split(/\s+/).slice(1);
  for (let count = Math.min(words.length, 3); count > 0; count -= 1) {
    const row = rows.find(({ path }) => path === words.slice(0, count).join(" "));
    if (row !== undefined) return row;
  }
  return null;
}

describe.each(["tutorial.md", "guides.md"])("%s", (name) => {
  const commands = shell(name).flatMap(({ text }) => commandsOf(text));

  test("types commands and flags that there are", () => {
    expect(commands.length).toBeGreaterThan(15);
    for (const command of commands) {
      if (others.includes(command.split(/\s/)[0] ?? "")) continue;
      expect(command).toMatch(/^pulse /);
      const row = rowOf(command);
      expect(row, command).not.toBeNull();
      // A group alone, such as `pulse runner`, is no command.
      expect(row?.commands, command).toEqual([]);
      const flags = [...global, ...(row?.flags ?? [])].flatMap(({ names }) => names);
      const own = command.split(" -- ")[0] ?? "";
      for (const [, flag] of own.matchAll(/ (--?[a-z][a-z-]*)(?= |$)/g))
        expect(flags, command).toContain(flag);
    }
  });

  test("has the same blocks in Spanish", () => {
    expect(blocksOf(textOf(name.replace(".md", ".es.md")))).toEqual(blocksOf(textOf(name)));
  });
});

test("a command that does not exist is found", () => {
  expect(rowOf("pulse functions greet")).toBeNull();
  expect(rowOf("pulse runner frobnicate")?.commands).not.toEqual([]);
  expect(commandsOf('id=$(pulse run x --no-follow)\nuntil pulse answer "$id" Yes; do sleep 1; done')).toEqual(
    ["pulse run x --no-follow)", 'pulse answer "$id" Yes'],
  );
});
