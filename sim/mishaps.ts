import type { FaultKind, Faults } from "./faults.ts";
import type { SimFleet } from "./fleet.ts";
import type { Gateway } from "./gateway.ts";
import type { Ledger } from "./ledger.ts";
import type { Random } from "./random.ts";
import type { Schedule } from "./schedule.ts";
import type { Trace } from "./trace.ts";

/** Where mishaps happen. */
export interface MishapWorld {
  schedule: Schedule;
  faults: Faults;
  random: Random;
  gateway: Gateway;
  fleet: SimFleet;
  ledger: Ledger;
  trace: Trace;
}

/** How often a kind happens at most, per minute. */
const perMinute: Partial<Record<FaultKind, number>> = {
  "gateway crash": 3,
  "gateway restart": 2,
  "runner crash": 6,
  "runner drain": 3,
  "runner freeze": 2,
  "runner clone": 2,
  cut: 4,
  "one-way cut": 4,
  operator: 3,
};

/** Plans what befalls processes and lines during `spanMs`. */
export function planMishaps(world: MishapWorld, spanMs: number): void {
  const { schedule, faults, random } = world;
  for (const kind of faults.kinds()) {
    const most = (perMinute[kind] ?? 0) * (spanMs / 60_000) * faults.rate(kind);
    const count = Math.floor(most) + (random.chance(most % 1) ? 1 : 0);
    // A cut late in the time of faults would be healed before it has an effect.
    const within = kind.includes("cut") ? spanMs / 2 : spanMs;
    for (let i = 0; i < count; i++) {
      schedule.after(random.below(within), () => {
        if (!faults.healed) happen(world, kind);
      });
    }
  }
}

/** Ends all faults for good: lines are whole, processes run. */
export function heal({ faults, fleet, gateway, trace, schedule }: MishapWorld): void {
  faults.healed = true;
  trace.note("healed");
  for (const { link } of fleet.machines) {
    link.up = true;
    link.down = true;
  }
  for (const [id, record] of gateway.runners) gateway.runners.set(id, { ...record, state: "active" });
  const tell = () => {
    if (gateway.hub === null) return void schedule.after(1000, tell);
    for (const record of gateway.runners.values()) {
      gateway.serve(
        "runnerChanged",
        (hub) => hub.runnerChanged({ id: record.id, record: { ...record } }),
        () => undefined,
      );
    }
  };
  tell();
}

function happen(world: MishapWorld, kind: FaultKind): void {
  const { schedule, random, gateway, fleet, ledger, trace, faults } = world;
  const runner = fleet.pick();
  const machine = random.pick(fleet.machines);
  trace.note(
    `${kind}: ${kind.startsWith("runner") ? `#${runner?.number}` : kind.includes("cut") ? machine.id : ""}`,
  );
  ledger.count(kind);
  switch (kind) {
    case "gateway crash":
      if (gateway.generation > 0) {
        void gateway.crash().then(() => schedule.after(random.spread(100, 60_000), () => ensureUp(gateway)));
      }
      break;
    case "gateway restart":
      void gateway
        .restart(random.spread(1, 5000))
        .then(() => schedule.after(random.spread(100, 10_000), () => ensureUp(gateway)));
      break;
    case "runner crash":
      if (runner !== null) fleet.kill(runner, faults.strikes("unsynced spool", 0.5));
      break;
    case "runner drain":
      runner?.drain();
      break;
    case "runner freeze":
      runner?.freeze(random.spread(500, 200_000));
      break;
    case "runner clone":
      if (runner !== null) fleet.clone(runner);
      break;
    case "cut":
    case "one-way cut": {
      const direction = random.pick(["up", "down"] as const);
      const lines = kind === "cut" ? (["up", "down"] as const) : [direction];
      for (const line of lines) machine.link[line] = false;
      const lastsMs = random.chance(0.5) ? random.spread(500, 60_000) : random.between(40_000, 150_000);
      schedule.after(lastsMs, () => {
        for (const line of lines) machine.link[line] = true;
      });
      break;
    }
    case "operator": {
      const record = gateway.runners.get(machine.id);
      if (record === undefined) break;
      const changed = {
        ...record,
        state: record.state === "active" ? ("draining" as const) : ("active" as const),
      };
      gateway.runners.set(machine.id, changed);
      gateway.serve(
        "runnerChanged",
        (hub) => hub.runnerChanged({ id: machine.id, record: { ...changed } }),
        () => undefined,
      );
      break;
    }
    default:
      break;
  }
}

function ensureUp(gateway: Gateway): void {
  if (!gateway.isStarted) gateway.start();
}
