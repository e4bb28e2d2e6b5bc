import { setTimeout as sleep } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import { Spool } from "../../runner/src/spool/spool.ts";
import { Random } from "../../sim/random.ts";
import { outcomeOf, textOf } from "./spool-work.ts";

/**
 * A process that uses a runner's spool as a runner does whose gateway is away most of the time, and says on its output what has become durable
 * (`durable ID`), and what is not wanted any more (`settled ID`, before it is forgotten). Arguments: folder, outcomes, seed.
 */
const [folder = "", count = "0", seed = "0"] = process.argv.slice(2);
const dice = new Random(Number(seed), "spool");
const say = (line: string) => void process.stdout.write(`${line}\n`);
const open = () => new Spool({ folder, mostBytes: 2 ** 20, say: (line) => say(`# ${line}`) });
const outcomesARound = 10;

const settled = new Set<string>();
let spool = open();
/** What is in the spool, and whether it is of an earlier round. */
let held: string[] = [];
for (let n = 0; n < Number(count); ) {
  const added: string[] = [];
  for (let i = 0; i < outcomesARound && n < Number(count); i++, n++) {
    const id = `exe_${n}`;
    const lines = dice.below(40);
    await writeLog(id, lines);
    spool.keep(outcomeOf(id, lines), dice.chance(0.3));
    added.push(id);
    if (dice.chance(0.3)) await settle(dice.pick(added));
    // Long enough for it to be written, or also synced.
    if (dice.chance(0.5)) await sleep(dice.between(1, 40));
  }
  for (const id of held) if (dice.chance(0.5)) await settle(id);
  const left = [...held, ...added];
  await spool.close();
  say(`durable ${left.filter((id) => !settled.has(id)).join(" ")}`);
  spool = open();
  held = spool.leftovers.finished.map(({ completion }) => completion.execution);
}
await spool.close();

async function writeLog(execution: string, lines: number): Promise<void> {
  const file = spool.logOf({ execution, fence: 1 });
  for (let first = 1; first <= lines; first += 7) {
    const last = Math.min(lines, first + 6);
    const text = Array.from({ length: last - first + 1 }, (_, i) => textOf(execution, first + i)).join("");
    await file.append({ firstSeq: first, lastSeq: last, gzip: gzipSync(text) });
  }
}

async function settle(execution: string): Promise<void> {
  if (settled.has(execution)) return;
  settled.add(execution);
  say(`settled ${execution}`);
  await spool.forget({ execution, fence: 1 });
}
