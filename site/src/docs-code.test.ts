import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { parseExpression } from "@pulse/schema/expression/parse-expression";
import { readFilter, wordsOfFinding } from "@pulse/schema/filter/read-filter";
import { afterAll, describe, expect, test } from "vitest";
import { commandFault, mentionFault } from "./command-checks.ts";
import { type Checked, checkJson, checkYaml } from "./data-checks.ts";
import { type Block, blocksOf, linesOf } from "./markdown.ts";
import { commandsOf } from "./shell-words.ts";

const root = new URL("../..", import.meta.url).pathname;
const below = (folder: string) => readdirSync(root + folder).map((name) => `${folder}/${name}`);
const pages = [
  ...["README.md", "README.es.md", "CONTRIBUTING.md", "SECURITY.md"],
  ...below("docs").filter((path) => path.endsWith(".md")),
  ...below("examples")
    .map((path) => `${path}/README.md`)
    .filter((path) => existsSync(root + path)),
];
const settings = readFileSync(`${root}install/.env.example`, "utf8");

/** How many blocks were checked as what. */
const counts = new Map<string, number>();
const pythons: { where: string; text: string }[] = [];

/** Lines of a terminal that a person types, without what is answered. */
const typedIn = (text: string) =>
  text
    .split("\n")
    .flatMap((line) => (line.startsWith("$ ") ? [line.slice(2)] : []))
    .join("\n");

async function checkCommands(script: string): Promise<Checked> {
  // What stands in a crontab is a command behind its five fields.
  const commands = commandsOf(script.replace(/^(?:[\d*/,-]+ ){5}/gm, ""));
  const faults: string[] = [];
  for (const command of commands) {
    const fault = await commandFault(command);
    if (fault !== null) faults.push(`${command.join(" ")}: ${fault}`);
  }
  return { kind: commands.length === 0 ? null : "commands", faults };
}

function checkSettings(text: string): string[] {
  const names = [...text.matchAll(/^(\w+)=/gm)].map(([, name = ""]) => name);
  return names.filter((name) => !settings.includes(name)).map((name) => `${name} is no setting`);
}

/** Well-formed is what is asked of a drawing, a tree or another program's settings: that nothing in it is ours to check. */
function checkText(text: string): string[] {
  return /^(\$ |pulse |npx |curl )/m.test(text) ? ["commands belong into a block of sh or console"] : [];
}

/** Pages that are run as a whole, with what their commands print. */
const isRun = (page: string) => /^(docs\/tutorial|examples\/)/.test(page);

async function check(block: Block, page: string, where: string): Promise<Checked> {
  const { language, text } = block;
  if (language === "json" && block.file === null && isRun(page)) {
    JSON.parse(text);
    return { kind: "output of a command", faults: [] };
  }
  if (language === "sh") return checkCommands(text);
  if (language === "console") return checkCommands(typedIn(text));
  if (language === "json" || language === "jsonc") return checkJson(block);
  if (language === "yaml") return checkYaml(block);
  if (language === "dotenv") return { kind: "settings", faults: checkSettings(text) };
  if (language === "text" || language === "nginx")
    return { kind: "drawing or foreign", faults: checkText(text) };
  if (language === "filter") {
    const findings = text
      .trimEnd()
      .split("\n")
      .flatMap((line) => readFilter(line).findings);
    return { kind: "filters", faults: findings.map(wordsOfFinding) };
  }
  if (language === "js") {
    const wrong = text
      .trimEnd()
      .split("\n")
      .filter((line) => !parseExpression(line).ok);
    return { kind: "expressions", faults: wrong };
  }
  if (language === "ts") {
    stripTypeScriptTypes(text);
    return { kind: "TypeScript", faults: [] };
  }
  if (language === "python") {
    pythons.push({ where, text });
    return { kind: "Python", faults: [] };
  }
  return { kind: null, faults: [] };
}

afterAll(() => {
  const said = [...counts].sort().map(([kind, count]) => `${kind} ${count}`);
  process.stdout.write(`blocks of the pages: ${said.join("; ")}\n`);
});

describe.each(pages)("%s", (page) => {
  const text = readFileSync(root + page, "utf8");

  test("every block is of a kind that is checked, and right", async () => {
    const found = await Promise.all(
      blocksOf(text).map(async (block, i) => {
        const where = `${page}, block ${i + 1} (${block.language || "no language"})`;
        const { kind, faults } = await check(block, page, where);
        if (kind !== null) counts.set(kind, (counts.get(kind) ?? 0) + 1);
        return kind === null
          ? [`${where} is of no kind that is known\n${block.text}`]
          : faults.map((one) => `${where}: ${one}`);
      }),
    );
    expect(found.flat()).toEqual([]);
  });

  test("every command in its sentences is there", async () => {
    const prose = linesOf(text).flatMap(({ line, isCode }) => (isCode ? [] : [line]));
    const spans = [...prose.join("\n").matchAll(/`pulse ([^`]+)`/g)].map(([, words = ""]) => words);
    const faults = spans.flatMap((words) => {
      const [own = ""] = words.split(/ -- |[|;]/);
      const fault = mentionFault(commandsOf(own)[0] ?? []);
      return fault === null ? [] : [`pulse ${words}: ${fault}`];
    });
    expect(faults).toEqual([]);
  });

  const twin = page.replace(".md", ".es.md");
  if (!existsSync(root + twin)) return;
  test("has the same blocks in Spanish, but for drawings", () => {
    // What is said in comments and placeholders is in the language of its page.
    const own = (path: string) =>
      blocksOf(readFileSync(root + path, "utf8"))
        .filter(({ language }) => language !== "text")
        .map((block) => ({ ...block, text: block.text.replace(/ *# .*$|<\p{L}[\p{L} -]*>/gmu, "") }));
    expect(own(twin)).toEqual(own(page));
  });
});

test.skipIf(spawnSync("python3", ["--version"]).status !== 0)("what is in Python parses", () => {
  const script =
    "import ast, json, sys\nfor one in json.load(sys.stdin): ast.parse(one['text'], one['where'])";
  const { status, stderr } = spawnSync("python3", ["-c", script], { input: JSON.stringify(pythons) });
  expect([status, stderr.toString()]).toEqual([0, ""]);
  expect(pythons.length).toBeGreaterThan(0);
});
