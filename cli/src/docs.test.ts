import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { commandTable } from "./completion/command-table.ts";
import { exitCodes } from "./exit-codes.ts";
import { buildProgram } from "./program.ts";

const page = readFileSync(new URL("../../docs/cli.md", import.meta.url), "utf8");
const rows = commandTable(await buildProgram("en"));

test("docs/cli.md names every command with its verbs", () => {
  for (const { name } of rows[0]?.commands ?? []) {
    const verbs = rows.find(({ path }) => path === name)?.commands.map((one) => one.name) ?? [];
    expect(page).toContain(verbs.length === 0 ? `\`${name}` : `\`${name} ${verbs.join("\\|")}\``);
  }
});

test("docs/cli.md names every global flag and every exit code", () => {
  for (const { names } of rows[0]?.flags ?? []) for (const name of names) expect(page).toContain(name);
  for (const code of Object.values(exitCodes)) expect(page).toMatch(new RegExp(`^\\| ${code} \\|`, "m"));
});
