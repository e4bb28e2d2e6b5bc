import { setTimeout as sleep } from "node:timers/promises";
import { note, type Place, row } from "./sandbox-place.ts";

const pairs = 60;
const idleCells = 20;
const watchMs = 10_000;
const freezeAfterMs = 100;
const never = 3_600_000;

/** A call to a frozen container beside one to a container that is awake, and what idle ones take of the processor. */
export async function freezeRows(place: Place): Promise<void> {
  const workshop = await place.workshop("docker", { freezeAfterMs });
  const version = await place.version();
  const [warm, frozen]: number[][] = [[], []];
  await place.call(workshop, version);
  await place.quiet();
  for (let i = 0; i < pairs; i++) {
    await sleep(3 * freezeAfterMs);
    frozen?.push((await place.call(workshop, version)).ms);
    await sleep(freezeAfterMs / 4);
    warm?.push((await place.call(workshop, version)).ms);
  }
  row("call after 25 ms, awake", warm ?? []);
  row("call after 300 ms, frozen", frozen ?? [], warm);
  await place.close();

  const ticking = "setInterval(() => {}, 100); export const handler = () => ({});";
  for (const [name, files] of [
    ["idle Node", undefined],
    ["Node with a timer ten times a second", { "index.js": ticking }],
  ] as const) {
    const used: number[] = [];
    for (const afterMs of [never, freezeAfterMs]) {
      const cells = await place.workshop("docker", { freezeAfterMs: afterMs });
      const many = await place.version({ memory: 64 * 2 ** 20 }, files);
      await Promise.all(Array.from({ length: idleCells }, () => place.call(cells, many)));
      await place.quiet();
      const before = await cpuOf(place);
      await sleep(watchMs);
      used.push(((await cpuOf(place)) - before) / watchMs);
      await place.close();
    }
    const [awake = 0, still = 0] = used.map((share) => share * 100);
    note(
      `${idleCells} containers, ${name}: awake ${awake.toFixed(2)} %, frozen ${still.toFixed(2)} % of a processor`,
    );
  }
}

/** Processor time of all containers of this run, milliseconds, as the engine counts it. */
async function cpuOf(place: Place): Promise<number> {
  const used = (await place.containers()).map(async ({ Id }) => {
    const stats = await place.docker.getContainer(Id).stats({ stream: false, "one-shot": true });
    return stats.cpu_stats.cpu_usage.total_usage / 1e6;
  });
  return (await Promise.all(used)).reduce((sum, ms) => sum + ms, 0);
}
