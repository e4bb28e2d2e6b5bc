import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { ProblemError } from "@pulse/schema/problem";
import { imageStarter, starters } from "@pulse/schema/starter";
import type { Command } from "commander";
import { fill } from "../messages/say.ts";
import { run } from "../session.ts";
import { UsageError } from "../usage.ts";

/** Adds `init`: a folder with one function; nothing that exists is overwritten. */
export function addInit(program: Command): void {
  program
    .command("init [language] [dir]")
    .description("start a function: typescript (default), python, or image for a program of your own")
    .action(
      run(async ({ answer, note, messages, profile }, { args }) => {
        const language = args[0] ?? "typescript";
        if (language !== "typescript" && language !== "python" && language !== "image") {
          throw new UsageError(fill(messages.badLanguage, { given: language }));
        }
        const dir = resolve(args[1] ?? ".");
        mkdirSync(dir, { recursive: true });
        const name =
          basename(dir)
            .toLowerCase()
            .replace(/[^a-z0-9-]+/g, "-")
            .replace(/^-+|-+$/g, "") || "hello";
        const isImage = language === "image";
        const what = isImage ? imageStarter.settings(name) : { runtime: language };
        const manifest = { $schema: `${profile.gateway}/schemas/pulse.v1.json`, name, ...what };
        const files = {
          ...(isImage ? imageStarter.files : { [starters[language].file]: starters[language].text }),
          "pulse.jsonc": `${JSON.stringify(manifest, null, 2)}\n`,
        };
        for (const path of Object.keys(files)) {
          if (existsSync(join(dir, path)))
            throw new ProblemError("conflict", fill(messages.exists, { path }));
        }
        for (const [path, text] of Object.entries(files)) {
          writeFileSync(join(dir, path), text);
          note("created", { path });
        }
        answer({ name, dir, files: Object.keys(files) }, () => "");
      }),
    );
}
