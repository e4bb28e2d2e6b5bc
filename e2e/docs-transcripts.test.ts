import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { patchRunner } from "@pulse/schema/wire/runners";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runBlock, userFolder } from "./shell-blocks.ts";
import { brokenPromises, promiseOf, type Shown, transcriptsOf } from "./transcripts.ts";
import { startWorld, type World } from "./world.ts";

const root = new URL("..", import.meta.url).pathname;

/** How the transcripts of a page are run. */
interface Page {
  /** Makes what the page speaks of. */
  prepare?: () => Promise<void>;
  /** What a reader answers at a terminal, and where their folders are. */
  replaced?: readonly (readonly [part: string | RegExp, by: string])[];
  /** Lines of a transcript that depend on who reads: how many things they have. */
  besides?: readonly RegExp[];
  /** Commands that are tried elsewhere, and where. */
  elsewhere?: Readonly<Record<string, string>>;
}

let world: World;
let folder: string;

const write = (path: string, text: string) => {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
};
const run = (block: string) => runBlock(block, folder, world, undefined, { NO_COLOR: "1", PULSE_LANG: "en" });
const stringified = (value: unknown) => JSON.stringify(value, null, 2);
const workflow = (command: string) =>
  stringified({ steps: [{ name: "Back up", type: "execute", targets: ["all"], command }] });

const pages: Readonly<Record<string, Page>> = {
  apply: {
    async prepare() {
      const code = (half: string) =>
        `export const handler = ({ width }: { width: number }) => width / ${half};\n`;
      await world.deploy("resize", { "index.ts": code("1") }, { settings: { timeout: "60s" } });
      await world.deploy("thumbnails", { "index.ts": "export const handler = () => 1;\n" });
      write("nightly.json", workflow("backup"));
      await run("pulse workflow deploy nightly.json");
      write(
        "shop/pulse.yaml",
        "channels: { ops: { type: email, to: [ops@example.test] } }\nremoved: { functions: [thumbnails] }\n",
      );
      write(
        "shop/functions/resize/pulse.jsonc",
        stringified({ name: "resize", runtime: "typescript", timeout: "2m" }),
      );
      write("shop/functions/resize/index.ts", code("2"));
      write("shop/workflows/nightly.json", workflow("backup --all"));
    },
    replaced: [["shop --prune", "shop --prune --yes"]],
    besides: [/^= 4 as they should be$/, /^Do this\?/],
  },
  operations: {
    replaced: [["/backups/", "pulse-data/"]],
    // Here nothing is old enough to go: without any there is no size.
    besides: [/^(logs|payloads) .*\(/],
  },
  cli: {
    async prepare() {
      const code = (said: string) =>
        `export const handler = ({ width }: { width: number }) => {\n  return { ${said} };\n};\n`;
      await world.deploy("resize", { "index.ts": code("width") }, { settings: { timeout: "10s" } });
      write("resize/pulse.jsonc", stringified({ name: "resize", runtime: "typescript", timeout: "20s" }));
      write("resize/index.ts", code("width, height: width"));
      const steps = [
        {
          name: "Update",
          type: "execute",
          targets: ["label:tier=$" + "{{ inputs.tier }}"],
          command: "apt-get update -q",
        },
        { name: "Ask", type: "prompt", message: "Go on?", options: ["Yes", "No"] },
        {
          name: "Upgrade",
          type: "execute",
          targets: ["all"],
          command: "apt-get upgrade -y",
          condition: "promptResponse === 'Yes'",
        },
      ];
      write("workflows/patch.json", stringified({ inputs: { tier: { type: "string" } }, steps }));
    },
    elsewhere: {
      "pulse dev": "cli.test.ts",
      "pulse exec ": "direct-commands.test.ts",
      "pulse run ": "workflow-cli.test.ts",
      "pulse execution ": "workflow-cli.test.ts",
    },
  },
  // Of an older runner `install/runner` tells.
  upgrading: { besides: [/ older /], elsewhere: { "pulse upgrade runners": "install/runner" } },
};

/** Each transcript, as far as its commands are run here. */
function runnable({ elsewhere = {} }: Page, name: string): Shown[] {
  const all = transcriptsOf(readFileSync(join(root, `docs/${name}.md`), "utf8")).flat();
  const here = all.filter(
    ({ command }) => !Object.keys(elsewhere).some((begin) => command.startsWith(begin)),
  );
  for (const begin of Object.keys(elsewhere))
    expect(all.map(({ command }) => command).join("\n")).toContain(begin);
  return here;
}

describe("what the documentation shows at a terminal", () => {
  beforeAll(async () => {
    // A channel of mail is made; no mail is sent.
    const mail = { PULSE_SMTP_URL: "smtp://127.0.0.1:9", PULSE_MAIL_FROM: "pulse@example.test" };
    world = await startWorld({ withoutRunner: true, gatewayEnv: mail });
    folder = userFolder(world);
    for (const name of ["web-01", "web-02"]) {
      await world.startRunner(name, { PULSE_COMMANDS: "allow" });
      const body = { labels: { tier: "web" } };
      await world.client.call(patchRunner, { params: { name }, body, signal: world.signal });
    }
  }, 180_000);
  afterAll(async () => {
    await world?.stop();
    if (folder) rmSync(folder, { recursive: true });
  }, 60_000);

  test.each(Object.entries(pages))("on the page %s is what the commands print", async (name, page) => {
    await page.prepare?.();
    const broken: string[] = [];
    for (const shown of runnable(page, name)) {
      const command = (page.replaced ?? []).reduce(
        (text, [part, by]) => text.replaceAll(part, by),
        shown.command,
      );
      // A plan and a comparison end with 20 where there is something to do.
      const output = await run(`{ ${command}; } 2>&1 || test $? -eq 20`);
      const lines = shown.lines
        .filter((line) => !page.besides?.some((one) => one.test(line)))
        .map((line) => (page.replaced ?? []).reduce((text, [part, by]) => text.replaceAll(part, by), line));
      const left = brokenPromises({ command: shown.command, lines }, output);
      if (left.length > 0) broken.push(...left, `it printed:\n${output}`);
    }
    expect(broken.join("\n")).toBe("");
  });
});

test("a promise is kept by other numbers and ids, and broken by other words", () => {
  const promise = promiseOf("ran 200 of 3,400 as exe_01m7yh0be8jwtz7619cqsfd97r in 8.2 s (18.2 MiB)");
  expect(promise.test("ran 1 of 2 as exe_01kam5x2d9f8 in 40 ms (3 B)")).toBe(true);
  expect(promise.test("ran 1 of 2 as exe_01kam5x2d9f8 in 40 ms")).toBe(false);
  expect(promise.test("did 1 of 2 as exe_01kam5x2d9f8 in 40 ms (3 B)")).toBe(false);
});
