import { spawn } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { listRunners, patchRunner } from "@pulse/schema/wire/runners";
import { validateText } from "@pulse/schema/workflow/yaml";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { programEnv, programPath } from "./platforms/program-env.ts";
import { startWorld, type World } from "./world.ts";

const root = new URL("..", import.meta.url).pathname;

/** A fenced block of a page: its language, the file that it is, and the line at which it stands. */
interface Block {
  language: string;
  file: string | null;
  text: string;
  line: number;
  heading: string;
}

function blocksOf(page: string): Block[] {
  const blocks: Block[] = [];
  let open: Block | null = null;
  let heading = "";
  readFileSync(join(root, page), "utf8")
    .split("\n")
    .forEach((line, i) => {
      const fence = /^```(\w*) ?(.*)$/.exec(line);
      if (open !== null) {
        if (line === "```") {
          blocks.push(open);
          open = null;
        } else open.text += `${line}\n`;
      } else if (fence !== null) {
        open = { language: fence[1] ?? "", file: fence[2] || null, text: "", line: i + 1, heading };
      } else if (line.startsWith("## ")) heading = line.slice(3);
    });
  return blocks;
}

const blocks = blocksOf("docs/writing-workflows.md");
const sections = [...new Set(blocks.map(({ heading }) => heading))];

/** The commands of a console block with what they are to say. */
function sessionsOf({ text }: Block): { command: string; said: string }[] {
  return text
    .split(/^\$ /m)
    .slice(1)
    .map((part) => {
      const [command = "", ...said] = part.split("\n");
      return { command, said: said.join("\n") };
    });
}

let world: World;
let folder: string;
/** Ids of the page and what they are here. */
const ids = new Map<string, string>();

beforeAll(async () => {
  world = await startWorld({ withoutRunner: true, runnerEnv: { PULSE_COMMANDS: "allow" } });
  folder = mkdtempSync(join(tmpdir(), "pulse-guide-"));
  const { client, signal } = world;
  for (const name of ["web-1", "web-2", "db-1"]) await world.startRunner(name);
  for (const name of ["web-1", "web-2"]) {
    await client.call(patchRunner, { params: { name }, body: { labels: { role: "web" } }, signal });
  }
  // The first report of each machine tells of its disk, too.
  const { items } = await client.call(listRunners, { query: {}, signal });
  expect(items.map(({ metrics }) => (metrics?.diskFree ?? 0) > 0)).toEqual([true, true, true]);
  mkdirSync(join(folder, "bin"));
  const entry = programPath("cli/src/main.ts");
  writeFileSync(join(folder, "bin/pulse"), `#!/bin/sh\nexec '${process.execPath}' '${entry}' "$@"\n`);
  chmodSync(join(folder, "bin/pulse"), 0o755);
}, 180_000);
afterAll(async () => {
  await world?.stop();
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
}, 60_000);

function shell(command: string): Promise<string> {
  const child = spawn("sh", ["-c", `{ ${command}; } 2>&1`], {
    cwd: folder,
    env: {
      ...{
        ...programEnv(),
        PATH: `${join(folder, "bin")}:${process.env.PATH ?? ""}`,
        HOME: folder,
        PULSE_LANG: "en",
      },
      ...{ PULSE_GATEWAY: world.url, PULSE_KEY: world.adminKey },
    },
    stdio: ["ignore", "pipe", "inherit"],
  });
  let out = "";
  child.stdout.on("data", (chunk: Buffer) => {
    out += chunk.toString("utf8");
  });
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", () => resolve(out));
  });
}

/** Without what is seen only when one looks at the right moment, and lines of several machines by machine. */
function settled(text: string): string {
  const isPassing = (line: string) => /^[●⏸] .* {2}(running|waiting)|^ {2}[\w-]+ · /.test(line);
  const lines = text.split("\n").filter((line) => !isPassing(line));
  const sorted: string[] = [];
  let printed: string[] = [];
  for (const line of [...lines, ""]) {
    if (/^ {2}[\w-]+ │/.test(line)) printed.push(line);
    else {
      sorted.push(...printed.sort(), line);
      printed = [];
    }
  }
  return sorted.join("\n").trimEnd();
}

const idForm = /\b(?:exe|prm)_[0-9a-z]+\b/g;

/** What is to be said, as a pattern: `…` is anything in its line, a line of `…` any lines, an id the one that it was before. */
function patternOf(said: string): { pattern: RegExp; named: string[] } {
  const named: string[] = [];
  const known = said.replace(idForm, (id) => ids.get(id) ?? id);
  const source = settled(known)
    .split("\n")
    .map((line) => {
      if (line === "…") return "(?:.*\\n)*?";
      const parts = line.split(/(…|\b(?:exe|prm)_[0-9a-z]+\b…?)/).map((part) => {
        if (part === "…") return ".*";
        if (!/^(exe|prm)_/.test(part))
          return part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&").replace(/ {2,}/g, " +");
        if (part.endsWith("…")) return "[a-z]+_[0-9a-z]+";
        if ([...ids.values()].includes(part)) return part;
        named.push(part);
        return "([a-z]+_[0-9a-z]+)";
      });
      return `${parts.join("")}\\n`;
    })
    .join("");
  return { pattern: new RegExp(`^${source}$`), named };
}

/** Ids of the page that are known are those here. */
const withIds = (text: string) => text.replace(idForm, (id) => ids.get(id) ?? id);

describe.each(sections)("%s", (heading) => {
  const own = blocks.filter((block) => block.heading === heading);

  test("does what the page says", async () => {
    for (const block of own) {
      if (block.file !== null) {
        const path = join(folder, block.file);
        mkdirSync(dirname(path), { recursive: true });
        writeFileSync(path, block.text);
      }
      if (block.language === "yaml") {
        const { errors, warnings } = validateText(block.text);
        const isWrong = block.file?.startsWith("wrong") === true;
        expect([block.line, errors.length > 0, isWrong ? [] : errors, warnings]).toEqual([
          ...[block.line, isWrong],
          ...[[], []],
        ]);
      }
      if (block.language !== "console") continue;
      for (const { command, said } of sessionsOf(block)) {
        const out = `${settled(await shell(withIds(command)))}\n`;
        const { pattern, named } = patternOf(said);
        const found = pattern.exec(out);
        if (found === null) expect(`$ ${command}\n${out}`).toBe(`$ ${command}\n${settled(said)}\n`);
        named.forEach((id, i) => {
          ids.set(id, found?.[i + 1] ?? "");
        });
      }
    }
  });
});

test("the Spanish page has the same definitions, commands and outputs", () => {
  const shown = (page: string) =>
    blocksOf(page).map(({ language, file, text }) => ({ language, file, text }));
  expect(shown("docs/writing-workflows.es.md")).toEqual(shown("docs/writing-workflows.md"));
});

test("every block is a definition, a file or a session that is run", () => {
  for (const { language, file, line } of blocks) {
    const isRun = language === "console" || file !== null;
    expect([line, isRun]).toEqual([line, true]);
  }
});
