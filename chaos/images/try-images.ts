import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import type { Random } from "../../sim/random.ts";
import { type Image, type PowerLoss, powerLosses, RecordedDisk } from "./disk.ts";
import type { Finding } from "./finding.ts";
import type { DiskEvent } from "./trace.ts";

/** How many images there were and what was found in them, each image under the worst that it has. */
export interface Tally {
  images: number;
  whole: number;
  lost: number;
  changed: number;
  damaged: number;
  refused: number;
  findings: string[];
}

const worst = ["lost", "changed", "damaged", "refused"] as const;
const findingsMost = 50;

/** Where images are laid out: in memory where there is such a folder, for thousands are written and read once. */
const scratch = () => mkdtempSync(join(existsSync("/dev/shm") ? "/dev/shm" : tmpdir(), "pulse-images-"));

/**
 * Lays out `images` images of a recorded folder, each as a power loss at an event drawn by `dice` may have left it, and has each checked. Throws when
 * the recording, played to its end, is not what is in the folder: then it lacks something.
 */
export async function tryImages(
  events: readonly DiskEvent[],
  folder: string,
  options: {
    images: number;
    dice: Random;
    say(line: string): void;
    check(folder: string, at: number): Promise<Finding[]>;
  },
): Promise<Tally> {
  const { images, dice, say } = options;
  assertComplete(events, folder);
  const points = Array.from({ length: images }, () => dice.below(events.length + 1)).sort((a, b) => a - b);
  const tally: Tally = { images, whole: 0, lost: 0, changed: 0, damaged: 0, refused: 0, findings: [] };
  const disk = new RecordedDisk(events);
  const begun = performance.now();
  for (const [number, at] of points.entries()) {
    disk.playTo(at);
    const loss = dice.pick(powerLosses);
    const found = await tryOne(disk.imageAfter(loss, dice), folder, (laid) => options.check(laid, at));
    count(tally, found, { number, at, loss });
    if ((number + 1) % 1000 === 0) {
      say(`${number + 1} of ${images} images after ${Math.round((performance.now() - begun) / 1000)} s`);
    }
  }
  return tally;
}

async function tryOne(
  image: Image,
  folder: string,
  check: (laid: string) => Promise<Finding[]>,
): Promise<Finding[]> {
  const laid = scratch();
  try {
    for (const [path, bytes] of image) {
      const to = join(laid, relative(folder, path));
      mkdirSync(dirname(to), { recursive: true });
      writeFileSync(to, bytes);
    }
    return await check(laid);
  } finally {
    rmSync(laid, { recursive: true, force: true });
  }
}

function count(
  tally: Tally,
  found: readonly Finding[],
  where: { number: number; at: number; loss: PowerLoss },
): void {
  const kind = worst.find((one) => found.some((finding) => finding.kind === one));
  if (kind === undefined) tally.whole += 1;
  else tally[kind] += 1;
  const [first] = found.filter((finding) => finding.kind === kind);
  if (first === undefined || tally.findings.length >= findingsMost) return;
  const { number, at, loss } = where;
  const more = found.length > 1 ? ` (and ${found.length - 1} more)` : "";
  tally.findings.push(`image ${number}, event ${at}, ${loss}: ${first.kind}: ${first.what}${more}`);
}

/** Files that are shared memory, and never written as files are. */
const isMemory = (path: string) => path.endsWith("-shm");

function assertComplete(events: readonly DiskEvent[], folder: string): void {
  const disk = new RecordedDisk(events);
  disk.playTo(events.length);
  const played = disk.whole();
  const names = readdirSync(folder, { recursive: true, withFileTypes: true });
  const there = names.flatMap((one) => (one.isFile() ? [join(one.parentPath, one.name)] : []));
  for (const path of new Set([...there, ...played.keys()])) {
    if (isMemory(path)) continue;
    const real = existsSync(path) ? readFileSync(path) : null;
    if (real === null || !played.get(path)?.equals(real)) {
      throw new Error(`the recording does not make ${relative(folder, path)} what it is`);
    }
  }
}
