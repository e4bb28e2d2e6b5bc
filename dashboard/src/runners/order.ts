import type { RunnerView } from "@pulse/schema/wire/runners";

/** By what the fleet can be put in order. */
export const sortNames = ["name", "status", "work", "cpu", "memory", "load", "seen"] as const;
export type SortName = (typeof sortNames)[number];
/** A column, with a dash before it for the other way round. */
export const sortWords = sortNames.flatMap((name) => [name, `-${name}`] as const);
export type SortWord = (typeof sortWords)[number];

/** Runners that stand together; `title`: the pool, or the value of the label; null: those without it. */
export interface RunnerGroup {
  title: string | null;
  runners: RunnerView[];
}

/** The column that a word names, and which way. */
export function readSort(word: SortWord): { by: SortName; isDown: boolean } {
  const isDown = word.startsWith("-");
  // A word of the list is a name with or without the dash.
  return { by: (isDown ? word.slice(1) : word) as SortName, isDown };
}

/** The word that a press on a column leads to: down, up, and back again. */
export function nextSort(current: SortWord, by: SortName): SortWord {
  return current === by ? `-${by}` : by;
}

const statuses: readonly string[] = ["online", "unreachable", "offline"];

/** What a runner is compared by; null: it has not said, and stands last either way. */
function sortedBy({ name, status, state, running, slots, metrics, lastSeenAt }: RunnerView, by: SortName) {
  if (by === "name") return name;
  if (by === "status") return `${statuses.indexOf(status)} ${state}`;
  if (by === "work") return slots === 0 ? 0 : running / slots;
  if (by === "seen") return lastSeenAt;
  if (metrics === null || status !== "online") return null;
  if (by === "cpu") return metrics.cpu;
  if (by === "load") return metrics.load1;
  return metrics.memTotal === 0 ? null : 1 - metrics.memFree / metrics.memTotal;
}

/** Runners in the order of a column; those that are alike in it by name. */
export function sorted(runners: readonly RunnerView[], word: SortWord): RunnerView[] {
  const { by, isDown } = readSort(word);
  // Each is read once: of five hundred that are watched for changes, each comparison would read eight fields of two.
  const read = runners.map((runner) => ({ runner, name: runner.name, value: sortedBy(runner, by) }));
  read.sort(({ name, value: a }, { name: otherName, value: b }) => {
    if (a === b) return name < otherName ? -1 : 1;
    if (a === null || b === null) return a === null ? 1 : -1;
    return a < b === isDown ? 1 : -1;
  });
  return read.map(({ runner }) => runner);
}

/** The names of labels that any runner has, in order. */
export function labelNames(runners: readonly RunnerView[]): string[] {
  return [...new Set(runners.flatMap(({ labels }) => Object.keys(labels)))].sort();
}

/** Runners by their pool (`pool`) or by the value of a label (`label:env`), groups by title and those without one last; the order within them stays. */
export function grouped(runners: readonly RunnerView[], by: string | undefined): RunnerGroup[] {
  if (by === undefined) return runners.length === 0 ? [] : [{ title: null, runners: [...runners] }];
  const label = by.startsWith("label:") ? by.slice("label:".length) : null;
  const groups = new Map<string | null, RunnerView[]>();
  for (const one of runners) {
    const title = label === null ? one.pool : (one.labels[label] ?? null);
    groups.set(title, [...(groups.get(title) ?? []), one]);
  }
  return [...groups]
    .map(([title, members]) => ({ title, runners: members }))
    .sort((one, other) => {
      if (one.title === null || other.title === null) return one.title === null ? 1 : -1;
      return one.title < other.title ? -1 : 1;
    });
}
