import { resolve } from "node:path";
import { functionItem } from "@pulse/schema/apply/function-item";
import { orNull } from "@pulse/schema/apply/item";
import { planned } from "@pulse/schema/apply/perform";
import type { Act } from "@pulse/schema/apply/plan";
import { getSource, getVersion } from "@pulse/schema/wire/functions";
import type { Command } from "commander";
import pc from "picocolors";
import { functionFolder } from "../apply/function-folder.ts";
import { planLines } from "../apply/plan-text.ts";
import { exitCodes } from "../exit-codes.ts";
import { type GlobalFlags, isColoured } from "../global-flags.ts";
import { run, type Session } from "../session.ts";
import { type ChangedFile, changedFiles } from "./changed-files.ts";
import { projectIn } from "./deploy.ts";

/** What a deploy of a folder would change. */
interface FolderDiff extends Pick<Act, "name" | "act" | "differences"> {
  files: ChangedFile[];
}

/** Adds `diff`. */
export function addDiff(program: Command): void {
  program
    .command("diff [dirs...]")
    .description(
      "what a deploy of these folders would change: settings and lines of code; exits 20 when anything",
    )
    .option("--against <version>", "a version's number or an alias to compare with", "live")
    .action(
      run(async (session, command) => {
        const { against } = command.opts<{ against: string }>();
        const dirs = command.args.length === 0 ? ["."] : command.args;
        const items: FolderDiff[] = [];
        for (const dir of dirs.map((one) => resolve(one))) items.push(await diffOf(session, dir, against));
        const flags = command.optsWithGlobals<GlobalFlags>();
        const colours = pc.createColors(isColoured(flags, process.env, process.stdout));
        const differs = items.filter(({ act }) => act !== "unchanged");
        session.answer(items.length === 1 ? items[0] : { items }, () =>
          differs.flatMap((one) => linesOf({ ...session, colours }, one)).join("\n"),
        );
        if (differs.length > 0) process.exitCode = exitCodes.differences;
        else session.note("dfSame", { against });
      }),
    );
}

async function diffOf(session: Session, dir: string, against: string): Promise<FolderDiff> {
  const { client, messages: words, signal } = session;
  const project = projectIn(session, dir);
  const params = { name: project.manifest.name, version: against };
  // What is not there is not found, but for a function's first deploy.
  if (against !== "live") await client.call(getVersion, { params, signal });
  const applying = { client, words, signal };
  const item = await functionItem(applying, { ...functionFolder(session, dir, project), against });
  const [act] = await planned(applying, [item], []);
  if (act === undefined) throw new Error("a folder has a plan");
  const source = act.act === "unchanged" ? null : await orNull(client.call(getSource, { params, signal }));
  const changed = act.differences.flatMap(({ path }) =>
    path.startsWith("files.") ? [path.slice("files.".length)] : [],
  );
  const files =
    act.act === "unchanged" ? [] : changedFiles(dir, project.paths, source?.files ?? [], new Set(changed));
  const { name, differences } = act;
  return {
    name,
    act: act.act,
    differences: differences.filter(({ path }) => !/^files(\.|$)/.test(path)),
    files,
  };
}

function linesOf(session: Pick<Session, "colours" | "messages">, diff: FolderDiff): string[] {
  const { colours, messages } = session;
  const { name, act, differences, files } = diff;
  return [
    ...planLines(session, [{ kind: "function", name, act, differences }], false),
    ...files.flatMap(({ path, is, patch }) =>
      patch === null
        ? [colours.yellow(`${marks[is]} ${path}: ${messages.dfNoText}`)]
        : patch
            .trimEnd()
            .split("\n")
            .map((line) => colourOf(colours, line)),
    ),
  ];
}

const marks = { added: "+", removed: "-", changed: "~" } as const;

function colourOf(colours: Session["colours"], line: string): string {
  if (/^(\+\+\+|---) /.test(line)) return colours.bold(line);
  if (line.startsWith("@@")) return colours.cyan(line);
  if (line.startsWith("+")) return colours.green(line);
  return line.startsWith("-") ? colours.red(line) : line;
}
