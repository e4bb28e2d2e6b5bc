import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { ProblemError } from "@pulse/schema/problem";
import type { Command } from "commander";
import { fill, wordsLanguage } from "../messages/say.ts";
import { nearest } from "../nearest.ts";
import { run, type Session } from "../session.ts";
import { table } from "../table.ts";
import { gallery } from "../templates/gallery.ts";
import { UsageError } from "../usage.ts";

/** Adds `init`: a folder from a template, or the list of them; nothing that exists is overwritten. */
export function addInit(program: Command): void {
  program
    .command("init [template] [dir]")
    .description("start a function or a workflow from a template; without one, list them")
    .action(
      run(async (session, { args: [template, dir = "."] }) => {
        if (template === undefined) list(session);
        else write(session, template, resolve(dir));
      }),
    );
}

function list({ answer, messages }: Session): void {
  const language = wordsLanguage(messages);
  const items = [...gallery].map(([name, { summary }]) => ({ name, summary: summary[language] }));
  const rows = items.map(({ name, summary }) => [name, summary]);
  answer({ items }, () => `${table(rows)}\n\npulse init ${items[0]?.name} hello`);
}

function write({ answer, note, messages, profile }: Session, template: string, dir: string): void {
  const chosen = gallery.get(template);
  if (chosen === undefined) {
    const near = nearest(template, [...gallery.keys()]);
    const known = [...gallery.keys()].join(", ");
    const hint = near === null ? "pulse init" : fill(messages.didYouMean, { name: near });
    throw new UsageError(fill(messages.badTemplate, { given: template, known }), hint);
  }
  const name =
    basename(dir)
      .toLowerCase()
      .replace(/[^a-z0-9-]+/g, "-")
      .replace(/^-+|-+$/g, "") || "hello";
  const files = Object.entries(chosen.files(name));
  for (const [path] of files) {
    if (existsSync(join(dir, path))) throw new ProblemError("conflict", fill(messages.exists, { path }));
  }
  for (const [path, text] of files) {
    mkdirSync(dirname(join(dir, path)), { recursive: true });
    writeFileSync(join(dir, path), path === "pulse.jsonc" ? withSchema(text, profile.gateway) : text);
    note("created", { path });
  }
  answer({ name, dir, files: files.map(([path]) => path) }, () => "");
}

/** The settings with the schema by which editors check them. */
function withSchema(text: string, gateway: string): string {
  const manifest = { $schema: `${gateway}/schemas/pulse.v1.json`, ...JSON.parse(text) };
  return `${JSON.stringify(manifest, null, 2)}\n`;
}
