import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { SimDatabase } from "./database.ts";
import { plants } from "./planted.ts";
import { runSeed } from "./run-seed.ts";
import { runSeeds, type SeedReport } from "./seeds.ts";
import { shrink } from "./shrink.ts";
import { Summary } from "./summary.ts";

const usage = `pnpm sim --seeds 2000            runs seeds 1 to 2000
  --from 5000                    starts there
  --threads 2                    as many at once
  --steps 60000                  events a seed may have; more is a livelock
pnpm sim --seed 123 [--trace]    runs one seed, and tells all that happens in it
pnpm sim --planted [--seeds 300] puts a bug in, one after another, and says within how many seeds it is found`;

const say = (line: string) => void process.stdout.write(`${line}\n`);

const { values } = parseArgs({
  options: {
    seeds: { type: "string" },
    from: { type: "string", default: "1" },
    threads: { type: "string", default: String(Math.min(2, availableParallelism())) },
    steps: { type: "string" },
    seed: { type: "string" },
    trace: { type: "boolean", default: false },
    planted: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
  // pnpm passes the dashes on that end its own options.
  args: process.argv.slice(2).filter((arg) => arg !== "--"),
});

function whole(text: string, name: string): number {
  const number = Number(text);
  if (Number.isSafeInteger(number) && number > 0) return number;
  throw new Error(`--${name} must be a whole number above 0, got ${JSON.stringify(text)}`);
}

const threads = whole(values.threads, "threads");
const stepsMost = values.steps === undefined ? null : whole(values.steps, "steps");

function tellFailure({ seed, violations, kinds }: Pick<SeedReport, "seed" | "violations" | "kinds">): void {
  for (const { check, detail } of violations) say(`FAILED seed ${seed}: ${check}: ${detail}`);
  say(`  faults: ${kinds.join(", ") || "none"}; again: pnpm sim --seed ${seed} --trace`);
}

/** Runs one seed, with its trace when asked for, and says which faults a failure needs. */
async function one(seed: number): Promise<boolean> {
  const database = await SimDatabase.open();
  const result = await runSeed(database, {
    seed,
    keepsTrace: values.trace,
    ...(stepsMost === null ? {} : { stepsMost }),
  });
  for (const line of result.lines ?? []) say(line);
  say(`seed ${seed}: ${result.events} events, trace ${result.digest}`);
  const [first] = result.violations;
  if (first === undefined) return true;
  tellFailure(result);
  say(
    `  needed for "${first.check}": ${(await shrink(database, seed, first.check)).join(", ") || "no fault"}`,
  );
  return false;
}

/** Runs many seeds and says what came of them. */
async function many(seeds: number, from: number): Promise<boolean> {
  const began = performance.now();
  const seconds = () => (performance.now() - began) / 1000;
  const summary = new Summary();
  const onSeed = (report: SeedReport) => {
    summary.add(report);
    if (report.violations.length > 0) tellFailure(report);
    if (summary.seeds % 250 === 0) {
      say(`${summary.seeds} of ${seeds} seeds, ${summary.failed.length} failed, ${seconds().toFixed(0)} s`);
    }
  };
  await runSeeds({ from, to: from + seeds - 1, plant: null, stepsMost }, threads, onSeed);
  for (const line of summary.lines(seconds())) say(line);
  const failed = summary.failed.map(({ seed }) => seed).sort((a, b) => a - b);
  say(
    failed.length === 0 ? `${summary.seeds} seeds ok` : `${failed.length} seeds FAILED: ${failed.join(" ")}`,
  );
  return failed.length === 0 && summary.seeds === seeds;
}

/** Plants one bug after another; each must be found. */
async function planted(seedsMost: number, from: number): Promise<boolean> {
  let found = 0;
  for (const [plant, { name, from: own = 1 }] of plants.entries()) {
    const begin = Math.max(from, own);
    const failing: SeedReport[] = [];
    await runSeeds({ from: begin, to: begin + seedsMost - 1, plant, stepsMost }, threads, (report) => {
      if (report.violations.length > 0) failing.push(report);
    });
    const first = failing.sort((a, b) => a.seed - b.seed)[0];
    if (first !== undefined) found += 1;
    const where = first === undefined ? `NOT found in ${seedsMost} seeds` : `seed ${first.seed - begin + 1}`;
    const why = first?.violations[0];
    say(
      `${where.padEnd(10)} ${name}${why === undefined ? "" : `: ${why.check}: ${why.detail.split("\n")[0]}`}`,
    );
  }
  say(`${found} of ${plants.length} planted bugs found`);
  return found === plants.length;
}

async function run(): Promise<boolean> {
  const from = whole(values.from, "from");
  if (values.help) say(usage);
  else if (values.seed !== undefined) return await one(whole(values.seed, "seed"));
  else if (values.planted) return await planted(whole(values.seeds ?? "400", "seeds"), from);
  else return await many(whole(values.seeds ?? "2000", "seeds"), from);
  return true;
}

process.exitCode = (await run()) ? 0 : 1;
