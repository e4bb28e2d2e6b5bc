import { relative, resolve } from "node:path";
import { createInterface } from "node:readline/promises";
import type { Command } from "commander";
import { channelItem } from "../apply/channel-item.ts";
import { functionItem } from "../apply/function-item.ts";
import type { Item } from "../apply/item.ts";
import type { Wrong } from "../apply/layout.ts";
import { type Act, isDue, type Kind, type Named, planOf } from "../apply/plan.ts";
import { planLines, wrongLine } from "../apply/plan-text.ts";
import { type Folder, readFolder } from "../apply/read-folder.ts";
import { isThere, remove } from "../apply/removal.ts";
import { scheduleItem } from "../apply/schedule-item.ts";
import { webhookItem } from "../apply/webhook-item.ts";
import { workflowItem } from "../apply/workflow-item.ts";
import { exitCodes } from "../exit-codes.ts";
import { fill } from "../messages/say.ts";
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
        const items = itemsOf(session, folder);
        const plan = await planned(session, items, removedIn(folder));
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
  const wrong: Wrong[] = "wrong" in read ? read.wrong : repeatedIn(session, read);
  if ("wrong" in read || wrong.length > 0) {
    for (const one of wrong) session.line(wrongLine(session, one));
    process.exitCode = exitCodes.invalid;
    session.answer({ wrong }, () => "");
    return null;
  }
  const checked = await areInOrder(session, read.workflows);
  if (checked.every(({ view }) => view.valid)) return read;
  session.answer(
    { wrong: checked.flatMap(({ path, view }) => view.errors.map((one) => ({ path, ...one }))) },
    () => "",
  );
  return null;
}

/** Functions and workflows whose name is there twice, or is removed as well. */
function repeatedIn(session: Session, folder: Folder): Wrong[] {
  const seen = new Set(removedIn(folder).map(({ kind, name }) => `${kind} ${name}`));
  const named = [
    ...folder.functions.map(({ dir, project }) => ({ path: dir, key: `function ${project.manifest.name}` })),
    ...folder.workflows.map((file) => ({
      path: file.path,
      key: `workflow ${workflowItem(session, file).name}`,
    })),
  ];
  return named.flatMap(({ path, key }) => {
    if (!seen.has(key)) {
      seen.add(key);
      return [];
    }
    return [{ path, pointer: "", message: fill(session.messages.apTwice, { name: key }) }];
  });
}

function itemsOf(session: Session, { layout, written, functions, workflows }: Folder): Item[] {
  return [
    ...Object.entries(layout.channels).map(([name, one]) => channelItem(session, name, one)),
    ...functions.map(({ dir, project }) => functionItem(session, dir, project)),
    ...workflows.map((file) => workflowItem(session, file)),
    ...Object.entries(layout.schedules).map(([name, one]) =>
      scheduleItem(session, name, one, written.schedules[name] ?? {}),
    ),
    ...Object.entries(layout.webhooks).map(([name, one]) => webhookItem(session, name, one)),
  ];
}

function removedIn({ layout: { removed } }: Folder): Named[] {
  const of = (kind: Kind, names: readonly string[] = []) => names.map((name) => ({ kind, name }));
  return [
    ...of("channel", removed.channels),
    ...of("function", removed.functions),
    ...of("workflow", removed.workflows),
    ...of("schedule", removed.schedules),
    ...of("webhook", removed.webhooks),
  ];
}

async function planned(session: Session, items: readonly Item[], removed: readonly Named[]): Promise<Act[]> {
  const compared = [];
  for (const { kind, name, wanted, look } of items) {
    compared.push({ kind, name, wanted, present: await look() });
  }
  const unwanted = [];
  for (const one of removed) unwanted.push({ ...one, isThere: await isThere(session, one) });
  return planOf(compared, unwanted);
}

/** Does what is planned, in order; what fails ends it, and the next time goes on from there. */
async function performed(
  session: Session,
  items: readonly Item[],
  plan: readonly Act[],
  prune: boolean,
): Promise<[unknown, () => string]> {
  const done: (Named & { act: string; told: string[] })[] = [];
  const texts = { create: "apCreated", change: "apChanged", remove: "apRemoved" } as const;
  for (const act of plan) {
    if (act.act === "unchanged" || (act.act === "remove" && !prune)) continue;
    const item = items.find(({ kind, name }) => kind === act.kind && name === act.name);
    let told: string[] = [];
    if (act.act === "remove") await remove(session, act);
    else if (act.act === "create") told = (await item?.create()) ?? [];
    else told = (await item?.change(act.differences)) ?? [];
    session.note(texts[act.act], { kind: session.messages[`apKind_${act.kind}`], name: act.name });
    done.push({ kind: act.kind, name: act.name, act: act.act, told });
  }
  if (done.length === 0) session.note("apNothing");
  return [{ plan, done }, () => done.flatMap(({ told }) => told).join("\n")];
}

async function agreed({ messages, json }: Session): Promise<void> {
  if (json || !process.stdin.isTTY || !process.stderr.isTTY) throw new UsageError(messages.sayYes);
  const asking = createInterface({ input: process.stdin, output: process.stderr });
  const said = await asking.question(messages.apReally).finally(() => asking.close());
  if (!/^(y|yes|s|sí|si)$/i.test(said.trim())) throw new UsageError(messages.leftAsTheyAre);
}
