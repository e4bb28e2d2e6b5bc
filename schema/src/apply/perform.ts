import { channelItem } from "./channel-item.ts";
import type { DefinitionFile } from "./definition-file.ts";
import { type FunctionFolder, functionItem } from "./function-item.ts";
import type { Applying, Item } from "./item.ts";
import type { Layout, Wrong } from "./layout.ts";
import { type Act, type Kind, type Named, planOf } from "./plan.ts";
import { isThere, remove } from "./removal.ts";
import { scheduleItem } from "./schedule-item.ts";
import { webhookItem } from "./webhook-item.ts";
import { filled } from "./words.ts";
import { workflowItem } from "./workflow-item.ts";

/** What a folder with a `pulse.yaml` says. */
export interface Folder {
  layout: Layout;
  /** The same, as it is written: times as text. */
  written: Layout;
  functions: readonly ({ dir: string } & FunctionFolder)[];
  /** Each has a name that a workflow may have. */
  workflows: readonly DefinitionFile[];
}

/** What was done, and what is to be told of it: addresses, and secrets that are shown this once. */
export interface Done extends Named {
  act: "create" | "change" | "remove";
  told: string[];
}

/** Everything that the folder says should be. */
export async function itemsOf(
  applying: Applying,
  { layout, written, functions, workflows }: Folder,
): Promise<Item[]> {
  const named = workflows.flatMap((file) =>
    file.name === null ? [] : [workflowItem(applying, file.name, file)],
  );
  return [
    ...Object.entries(layout.channels).map(([name, one]) => channelItem(applying, name, one)),
    ...(await Promise.all(functions.map((one) => functionItem(applying, one)))),
    ...named,
    ...Object.entries(layout.schedules).map(([name, one]) =>
      scheduleItem(applying, name, one, written.schedules[name] ?? {}),
    ),
    ...Object.entries(layout.webhooks).map(([name, one]) => webhookItem(applying, name, one)),
  ];
}

/** Everything that the folder says should not be any more. */
export function removedIn({ removed }: Layout): Named[] {
  const of = (kind: Kind, names: readonly string[] = []) => names.map((name) => ({ kind, name }));
  return [
    ...of("channel", removed.channels),
    ...of("function", removed.functions),
    ...of("workflow", removed.workflows),
    ...of("schedule", removed.schedules),
    ...of("webhook", removed.webhooks),
  ];
}

/** Functions and workflows whose name is there twice, or is removed as well. */
export function repeatedIn({ words }: Pick<Applying, "words">, folder: Folder): Wrong[] {
  const seen = new Set(removedIn(folder.layout).map(({ kind, name }) => `${kind} ${name}`));
  const named = [
    ...folder.functions.map(({ dir, manifest }) => ({ path: dir, key: `function ${manifest.name}` })),
    ...folder.workflows.map((file) => ({ path: file.path, key: `workflow ${file.name}` })),
  ];
  return named.flatMap(({ path, key }) => {
    if (!seen.has(key)) {
      seen.add(key);
      return [];
    }
    return [{ path, pointer: "", message: filled(words.apTwice, { name: key }) }];
  });
}

/** Looks at what is there, and says what is to be done. Throws what stands in the way of it. */
export async function planned(
  applying: Applying,
  items: readonly Item[],
  removed: readonly Named[],
): Promise<Act[]> {
  const compared = [];
  for (const { kind, name, wanted, look } of items) {
    compared.push({ kind, name, wanted, present: await look() });
  }
  const unwanted = [];
  for (const one of removed) unwanted.push({ ...one, isThere: await isThere(applying, one) });
  return planOf(compared, unwanted);
}

/** Does what is planned, in order; what fails ends it, and the next time goes on from there. */
export async function perform(
  applying: Applying,
  items: readonly Item[],
  plan: readonly Act[],
  {
    prune,
    before = async () => undefined,
    after,
  }: {
    prune: boolean;
    /** Hears of each act before it is done, and may throw to end it. */
    before?: (act: Named) => Promise<void>;
    after: (done: Done) => Promise<void> | void;
  },
): Promise<void> {
  for (const { act, kind, name, differences } of plan) {
    if (act === "unchanged" || (act === "remove" && !prune)) continue;
    const item = items.find((one) => kind === one.kind && name === one.name);
    await before({ kind, name });
    let told: string[] = [];
    if (act === "remove") await remove(applying, { kind, name });
    else if (act === "create") told = (await item?.create()) ?? [];
    else told = (await item?.change(differences)) ?? [];
    await after({ kind, name, act, told });
  }
}
