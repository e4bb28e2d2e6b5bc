import { isTerminal } from "@pulse/schema/status";
import type { Callers } from "./callers.ts";
import type { SimDatabase } from "./database.ts";
import type { SimFleet } from "./fleet.ts";
import type { Gateway } from "./gateway.ts";
import type { History } from "./history.ts";
import type { Ledger } from "./ledger.ts";
import type { Schedule } from "./schedule.ts";

/** When all is over, each slot of each runner must be usable: a slot or a cap that is still counted as taken would show here. */
export async function judgeProbe(world: {
  schedule: Schedule;
  callers: Callers;
  fleet: SimFleet;
  ledger: Ledger;
  history: History;
}): Promise<void> {
  const { schedule, callers, fleet, ledger, history } = world;
  callers.followsUp = false;
  // Every runner has a sync parked by now, whatever it waited for.
  await schedule.run(schedule.now() + 90_000, () => false);
  for (const of of callers.functions.filter(({ cap }) => cap !== null)) {
    const known = new Set(history.rows.keys());
    const count = Math.min(of.cap?.max ?? 0, fleet.slotsOf(of.pool));
    for (let i = 0; i < count; i++) callers.ask(of);
    const fresh = () => [...history.rows.values()].filter(({ execution }) => !known.has(execution));
    await schedule.run(
      schedule.now() + 3000,
      () => fresh().filter(({ fence }) => fence > 0).length === count,
    );
    const handed = fresh().filter(({ fence }) => fence > 0).length;
    if (handed < count)
      ledger.violate("nothing leaks", `${handed} of ${count} calls of idle ${of.name} were handed out`);
    await schedule.run(
      schedule.now() + 3_600_000,
      () => fresh().every(({ status }) => isTerminal(status)) && callers.open === 0,
    );
  }
  for (const pool of new Set(fleet.machines.map((one) => one.pool))) {
    const free = callers.functions.find((one) => one.cap === null && one.pool === pool);
    if (free === undefined) continue;
    const slots = fleet.slotsOf(pool);
    const known = new Set(history.rows.keys());
    for (let i = 0; i < slots; i++) callers.ask(free);
    const fresh = () => [...history.rows.values()].filter(({ execution }) => !known.has(execution));
    const handed = () => fresh().filter(({ fence }) => fence > 0).length;
    await schedule.run(schedule.now() + 3000, () => handed() === slots);
    if (handed() < slots)
      ledger.violate("nothing leaks", `${handed()} of ${slots} free slots of ${pool} were used`);
    await schedule.run(schedule.now() + 3_600_000, () => fresh().every(({ status }) => isTerminal(status)));
  }
}

/** When all runners have left, nothing is waited for: a timer that still runs belongs to something forgotten. */
export async function judgeLeaks(world: {
  schedule: Schedule;
  gateway: Gateway;
  fleet: SimFleet;
  ledger: Ledger;
}): Promise<void> {
  const { schedule, gateway, fleet, ledger } = world;
  fleet.keepsRunning = false;
  for (const process of fleet.processes) process.drain();
  await schedule.run(
    schedule.now() + 400_000,
    () => fleet.processes.length === 0 && gateway.inFlight.length === 0,
  );
  if (fleet.processes.length > 0) ledger.violate("everything comes to an end", "a runner does not leave");
  await schedule.run(schedule.now() + 120_000, () => gateway.timers === 0);
  // One may stand: the next look at the rows.
  if (gateway.timers > 1) ledger.violate("nothing leaks", `${gateway.timers} timers run in an idle gateway`);
  if (gateway.inFlight.length > 0)
    ledger.violate("nothing leaks", `never ended in an idle gateway: ${gateway.inFlight.join(", ")}`);
}

const used = `count(*) AS executions, coalesce(sum(ms), 0) AS run_ms, coalesce(sum(ms * memory_mb), 0) AS mb_ms,
  coalesce(sum(bytes_in), 0) AS bytes_in, coalesce(sum(response_bytes), 0) AS bytes_out`;
const counted = ["executions", "run_ms", "mb_ms", "bytes_in", "bytes_out"];

/** What was added up as executions ended is what their rows say, whatever was refused, made twice or never answered. */
export async function judgeUse({ real }: SimDatabase, ledger: Ledger): Promise<void> {
  const sums = counted.map((name) => `coalesce(sum(${name}), 0) AS ${name}`).join(", ");
  const [[metered], [said]] = [
    (await real.execute(`SELECT ${sums} FROM usage`)).rows,
    (
      await real.execute(`SELECT ${used} FROM (SELECT *, spent_ms + CAST(round(coalesce(timing ->> '$.runMs', 0)) AS INTEGER) AS ms
        FROM executions WHERE kind <> 'build' AND ended_at IS NOT NULL)`)
    ).rows,
  ];
  for (const name of counted) {
    if (metered?.[name] === said?.[name]) continue;
    ledger.violate("use is exact", `${name}: ${metered?.[name]} were added up, the rows say ${said?.[name]}`);
  }
}
