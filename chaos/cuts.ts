import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Random } from "../sim/random.ts";
import { Cluster } from "./cluster.ts";
import { type CutResult, type Fault, faultOne, printingSource } from "./cut-lane.ts";
import { Namespaces } from "./namespaces.ts";

const { values } = parseArgs({
  options: {
    cuts: { type: "string", default: "20" },
    lanes: { type: "string", default: "20" },
    least: { type: "string", default: "5" },
    most: { type: "string", default: "150" },
    frozen: { type: "boolean", default: false },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
    report: { type: "string" },
  },
});
/** A shorter fault costs no attempt (`docs/guarantees.md`). */
const freeMs = 45_000;
const [cuts, seed] = [Number(values.cuts), Number(values.seed)];
const lanes = Math.min(cuts, Number(values.lanes));
const dice = new Random(seed, "cuts");
const random = () => dice.next();
const say = (line: string) => process.stdout.write(`${line}\n`);
if (process.getuid?.() !== 0) {
  process.stderr.write("network namespaces need root\n");
  process.exit(2);
}

const cluster = await Cluster.start(() => ({ host: "0.0.0.0" }));
let network: Namespaces | null = null;
try {
  network = new Namespaces(seed % 256);
  process.exitCode = report(await run(network)) ? 0 : 1;
} finally {
  await cluster.stop();
  network?.remove();
}

/** Each lane has a pool with two runners, so that another one can take over; lanes run side by side. */
async function run(network: Namespaces): Promise<CutResult[]> {
  const tee = join(cluster.folder, "tee");
  mkdirSync(tee);
  const namespaces = new Map<string, string>();
  for (let lane = 0; lane < lanes; lane++) {
    for (const side of ["a", "b"]) {
      const { name: namespace, within } = network.add();
      const name = `cut-${lane}-${side}`;
      const gateway = `http://${network.gateway}:${cluster.port}`;
      namespaces.set(name, namespace);
      await cluster.join({ name, slots: 1, pool: `cut-${lane}`, gateway, within });
    }
    const settings = { env: { TEE: tee }, pool: `cut-${lane}`, timeout: "15m", retry: { attempts: 1 } };
    await cluster.deploy(`print-${lane}`, printingSource, settings);
  }
  say(`${lanes} lanes of two runners, ${cuts} faults, seed ${seed}`);
  const plans = Array.from({ length: cuts }, () => {
    const span = Number(values.most) - Number(values.least);
    const ms = Math.round(1000 * (Number(values.least) + span * random()));
    const drawn = random();
    const fault: Fault = values.frozen ? "frozen" : drawn < 0.5 ? "both" : drawn < 0.75 ? "up" : "down";
    return { fault, ms };
  });
  const results: CutResult[] = [];
  const lane = async (n: number) => {
    for (let plan = plans.pop(); plan !== undefined; plan = plans.pop()) {
      const result = await faultOne(cluster, network, { function: `print-${n}`, tee, namespaces, ...plan });
      results.push(result);
      const { fault, ms, status, attempts, losses, isLogWhole, overlaps } = result;
      const marks = `${isLogWhole ? "" : ", LOG DIFFERS"}${overlaps ? ", OVERLAPS" : ""}`;
      say(
        `${results.length}/${cuts}: ${fault} ${(ms / 1000).toFixed(0)} s, ${status}, attempt ${attempts}${marks}`,
      );
      for (const loss of losses) say(`  ${loss}`);
    }
  };
  await Promise.all(Array.from({ length: lanes }, (_, n) => lane(n)));
  return results;
}

function report(results: readonly CutResult[]): boolean {
  const count = (is: (one: CutResult) => boolean) => results.filter(is).length;
  const counts = {
    faults: results.length,
    oneWay: count(({ fault }) => fault === "up" || fault === "down"),
    unended: count(({ status }) => status !== "succeeded"),
    logsDiffer: count(({ isLogWhole }) => !isLogWhole),
    overlaps: count(({ overlaps }) => overlaps),
    shortThatCost: count(({ ms, attempts }) => ms < freeMs && attempts > 1),
    takenOver: count(({ attempts }) => attempts > 1),
  };
  say(
    Object.entries(counts)
      .map(([name, value]) => `${name} ${value}`)
      .join(", "),
  );
  if (values.report !== undefined) {
    writeFileSync(values.report, `${JSON.stringify({ seed, ...counts, results }, null, 2)}\n`);
  }
  // A frozen machine cannot stop its own work: the one documented overlap, whose result the fence refuses.
  const isSound =
    counts.unended + counts.logsDiffer + counts.shortThatCost === 0 &&
    (values.frozen || counts.overlaps === 0);
  say(isSound ? "sound" : "NOT SOUND");
  return isSound;
}
