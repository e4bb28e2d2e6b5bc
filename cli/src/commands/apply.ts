import { relative, resolve } from "node:path";
import { createInterface } from "node:readline/promises";
import type { Applying, Item } from "@pulse/schema/apply/item";
import type { Wrong } from "@pulse/schema/apply/layout";
import {
  type Done,
  type Folder,
  itemsOf,
  perform,
  planned,
  removedIn,
  repeatedIn,
} from "@pulse/schema/apply/perform";
import { type Act, isDue } from "@pulse/schema/apply/plan";
import type { Command } from "commander";
import { functionFolder } from "../apply/function-folder.ts";
import { planLines, wrongLine } from "../apply/plan-text.ts";
import { type ReadFolder, readFolder } from "../apply/read-folder.ts";
import { exitCodes } from "../exit-codes.ts";
import { run, type Session } from "../session.ts";
import { UsageError } from "../usage.ts";
import { areInOrder } from "./workflow-files.ts";

interface ApplyFlags {
  dryRun?: boolean;
  yes?: boolean;
  prune?: boolean;
}

/** Adds `apply`. */
export function addApply(program: Command): void {
  program
    .command("apply [dir]")
    .description(
      "make functions, workflows, schedules, webhooks and channels as a folder with a pulse.yaml says",
    )
    .option("--dry-run", "show the plan and do nothing; exits with 20 where something would be done")
    .option("--prune", "remove what pulse.yaml lists as removed")
    .option("-y, --yes", "do not ask")
    .action(
      run(async (session, command) => {
        const flags = command.opts<ApplyFlags>();
        const dir = relative(".", resolve(command.args[0] ?? ".")) || ".";
        const folder = await folderInOrder(session, dir);
        if (folder === null) return;
        const applying = applyingOf(session);
        const items = await itemsOf(applying, folder);
        const plan = await planned(applying, items, removedIn(folder.layout));
        const prune = flags.prune === true;
        for (const line of planLines(session, plan, prune)) session.line(line);
        const due = isDue(plan, prune);
        if (flags.dryRun === true) {
          if (due) process.exitCode = exitCodes.differences;
          session.answer({ plan, done: [] }, () => "");
          return;
        }
        if (due && flags.yes !== true) await agreed(session);
        session.answer(...(await performed(session, items, plan, prune)));
      }),
    );
}

/** The folder, when nothing is wrong in it; else null, with each fault on stderr and exit code 6. */
async function folderInOrder(session: Session, dir: string): Promise<Folder | null> {
  const read = readFolder(session, dir);
  const folder = "wrong" in read ? null : folderOf(session, read);
  const wrong: Wrong[] = "wrong" in read ? read.wrong : [];
  if (folder !== null) wrong.push(...repeatedIn({ words: session.messages }, folder));
  if (folder === null || wrong.length > 0) {
    for (const one of wrong) session.line(wrongLine(session, one));
    process.exitCode = exitCodes.invalid;
    session.answer({ wrong }, () => "");
    return null;
  }
  const checked = await areInOrder(session, folder.workflows);
  if (checked.every(({ view }) => view.valid)) return folder;
  session.answer(
    { wrong: checked.flatMap(({ path, view }) => view.errors.map((one) => ({ path, ...one }))) },
    () => "",
  );
  return null;
}

function folderOf(session: Session, { layout, written, functions, workflows }: ReadFolder): Folder {
  const folders = functions.map(({ dir, project }) => functionFolder(session, dir, project));
  return { layout, written, functions: folders, workflows };
}

function applyingOf({ client, messages: words, signal }: Session): Applying {
  return { client, words, signal };
}

/** Does what is planned, in order; what fails ends it, and the next time goes on from there. */
async function performed(
  session: Session,
  items: readonly Item[],
  plan: readonly Act[],
  prune: boolean,
): Promise<[unknown, () => string]> {
  const done: Done[] = [];
  const texts = { create: "apCreated", change: "apChanged", remove: "apRemoved" } as const;
  await perform(applyingOf(session), items, plan, {
    prune,
    after(one) {
      session.note(texts[one.act], { kind: session.messages[`apKind_${one.kind}`], name: one.name });
      done.push(one);
    },
  });
  if (done.length === 0) session.note("apNothing");
  return [{ plan, done }, () => done.flatMap(({ told }) => told).join("\n")];
}

async function agreed({ messages, json }: Session): Promise<void> {
  if (json || !process.stdin.isTTY || !process.stderr.isTTY) throw new UsageError(messages.sayYes);
  const asking = createInterface({ input: process.stdin, output: process.stderr });
  const said = await asking.question(messages.apReally).finally(() => asking.close());
  if (!/^(y|yes|s|sí|si)$/i.test(said.trim())) throw new UsageError(messages.leftAsTheyAre);
}
