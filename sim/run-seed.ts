import { isTerminal } from "@pulse/schema/status";
import { judgeLeaks, judgeProbe, judgeUse } from "./aftermath.ts";
import { Callers } from "./callers.ts";
import { type Classes, classify } from "./classes.ts";
import type { SimDatabase } from "./database.ts";
import { type FaultKind, Faults } from "./faults.ts";
import { SimFleet } from "./fleet.ts";
import { Gateway } from "./gateway.ts";
import { History } from "./history.ts";
import { Ledger } from "./ledger.ts";
import { heal, planMishaps } from "./mishaps.ts";
import { Network } from "./network.ts";
import { judge } from "./oracle.ts";
import { type Plant, planting } from "./planted.ts";
import { Random } from "./random.ts";
import { Schedule } from "./schedule.ts";
import { Trace } from "./trace.ts";

/** What is to be run. */
export interface SeedOptions {
  seed: number;
  /** Kinds of faults that are left out. */
  without?: ReadonlySet<FaultKind>;
  plant?: Plant | null;
  keepsTrace?: boolean;
  /** At most this many events; more is a livelock. */
  stepsMost?: number;
}

/** How a seed went. */
export interface SeedResult {
  seed: number;
  violations: { check: string; detail: string }[];
  digest: string;
  lines: string[] | null;
  events: number;
  counts: Record<string, number>;
  classes: Classes;
  kinds: FaultKind[];
}

const minute = 60_000;
/** Boot grace, a lease, backoffs and the longest functions one after another, with room: what is not over by then is stuck. */
const livenessMs = 40 * minute;
const defaultStepsMost = 60_000;

/** Runs one seed: faults for minutes, then none, then everything must come to an end; compares all that was told with all that is. */
export async function runSeed(database: SimDatabase, options: SeedOptions): Promise<SeedResult> {
  const { seed } = options;
  const random = (name: string) => new Random(seed, name);
  const plan = random("plan");
  const schedule = new Schedule(random("ties"));
  const trace = new Trace(schedule.now, options.keepsTrace ?? false);
  const ledger = new Ledger();
  const faults = new Faults(random("faults"), options.without ?? new Set());
  const restore = planting(options.plant ?? null);
  // Node ends a process over a rejection that nobody handles: a gateway's too.
  const unhandled = (error: unknown) => ledger.violate("no rejection is left alone", stackOf(error));
  process.on("unhandledRejection", unhandled);
  try {
    await database.empty();
    const callerWorld = { schedule, random: random("callers"), faults, ledger, trace };
    let history: History | null = null;
    const stepsMost = options.stepsMost ?? defaultStepsMost;
    const gateway = new Gateway(
      {
        schedule,
        random: random("gateway"),
        faults,
        isRemote: plan.chance(0.35),
        rewrite: restore.rewrite,
        wrapHub: restore.wrapHub,
        onChange: (changes) => {
          for (const change of changes) {
            const { execution, fence, status, runner } = change;
            trace.note(`  row ${execution}.${fence} ${status}${runner === null ? "" : ` ${runner}`}`);
            history?.take(change, schedule.now());
          }
        },
        ledger,
        trace,
      },
      database,
    );
    const network = new Network({ schedule, faults, trace }, random("network"), gateway);
    const hasLongWork = plan.chance(0.3);
    // Streams of their own, so that what else a seed draws stays what it was.
    const places = random("places");
    const pools = places.chance(0.35) ? ["default", "other"] : ["default"];
    const callers = new Callers({ ...callerWorld, network }, hasLongWork, places, pools);
    history = new History(callers.caps, ledger);
    const runnerWorld = {
      ...callerWorld,
      network,
      gateway,
      random: random("runners"),
      scripts: random("scripts"),
    };
    const fleet = new SimFleet({ ...runnerWorld, hasLongWork }, random("fleet"), pools);
    const mishaps = { schedule, faults, random: random("mishaps"), gateway, fleet, ledger, trace };

    const spanMs = plan.between(2, 5) * minute;
    trace.note(`faults: ${faults.kinds().join(", ")}`);
    gateway.start();
    fleet.startAll();
    callers.plan(plan.between(8, 30), spanMs);
    planMishaps(mishaps, spanMs);
    const isTooLong = () => schedule.events > stepsMost;
    await schedule.run(schedule.now() + spanMs, isTooLong);
    heal(mishaps);
    if (!gateway.isStarted) gateway.start();
    const rows = history.rows;
    const isOver = () => callers.open === 0 && [...rows.values()].every(({ status }) => isTerminal(status));
    const healedAt = schedule.now();
    await schedule.run(
      healedAt + livenessMs,
      () => isTooLong() || (isOver() && fleet.isWhole && gateway.hub !== null),
    );
    ledger.count("virtual seconds to the end after healing", Math.round((schedule.now() - healedAt) / 1000));
    const stuck = [...rows.values()].filter(({ status }) => !isTerminal(status));
    for (const { execution, status, fence } of stuck) {
      ledger.violate("everything comes to an end", `${execution}.${fence} is ${status}`);
    }
    if (callers.open > 0)
      ledger.violate("sync callers are answered", `${callers.open} callers wait for ever`);
    if (!fleet.isWhole)
      ledger.violate("everything comes to an end", "a runner does not get back into service");
    if (isTooLong()) ledger.violate("everything comes to an end", `more than ${stepsMost} events`);
    judge(ledger, history);
    if (ledger.violations.length === 0) {
      trace.note("all is over: what is free must be usable");
      await judgeProbe({ schedule, callers, fleet, ledger, history });
      await judgeLeaks({ schedule, gateway, fleet, ledger });
    }
    await gateway.crash();
    await judgeUse(database, ledger);
    const counts = Object.fromEntries(ledger.counts);
    const classes = classify(ledger, history);
    const { digest, lines } = trace;
    const kinds = faults.kinds();
    return {
      seed,
      violations: ledger.violations,
      digest,
      lines,
      events: schedule.events,
      counts,
      classes,
      kinds,
    };
  } finally {
    process.off("unhandledRejection", unhandled);
    restore.undo();
  }
}

function stackOf(error: unknown): string {
  return error instanceof Error ? String(error.stack) : String(error);
}
