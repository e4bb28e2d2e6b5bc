import type { FleetRunner } from "./fleet.ts";
import type { TargetsPlan } from "./plan.ts";

/** Runners in the order in which a step takes them; the name decides between equals, so that there is only one order. */
export function orderRunners(
  runners: readonly FleetRunner[],
  { order, orderLabel }: Pick<TargetsPlan, "order" | "orderLabel">,
  seed: string,
): FleetRunner[] {
  const byName = runners.toSorted((left, right) => compare(left.name, right.name));
  if (order === "random") return byName.toSorted((left, right) => die(seed, left.id) - die(seed, right.id));
  if (order === "leastLoaded") return byName.toSorted((left, right) => load(left) - load(right));
  if (order !== "label") return byName;
  const value = ({ labels }: FleetRunner) => (orderLabel === null ? undefined : labels[orderLabel]);
  return byName.toSorted((left, right) => compareLabels(value(left), value(right)));
}

function compare(left: string, right: string): number {
  return left < right ? -1 : Number(left > right);
}

/** Numbers by size and before texts; a runner without the label comes last. */
function compareLabels(left: string | undefined, right: string | undefined): number {
  if (left === undefined || right === undefined)
    return Number(left === undefined) - Number(right === undefined);
  const [one, other] = [Number(left || "x"), Number(right || "x")];
  const [isOne, isOther] = [Number.isFinite(one), Number.isFinite(other)];
  if (isOne && isOther) return one - other;
  return isOne === isOther ? compare(left, right) : Number(isOther) - Number(isOne);
}

/** Share of slots in use, then what the machine itself says; a runner without slots or metrics counts as loaded. */
function load({ running, slots, metrics, cpus }: FleetRunner): number {
  const used = slots > 0 ? running / slots : 1;
  const machine = metrics === null ? 1 : Math.min(metrics.load1 / Math.max(cpus ?? 1, 1), 1);
  return used * 1000 + machine;
}

/** A number that looks thrown, the same for the same seed and id (FNV-1a, then a finishing mix). */
function die(seed: string, id: string): number {
  let hash = 0x811c9dc5;
  for (const character of `${seed}\n${id}`) {
    hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x45d9f3b);
  hash = Math.imul(hash ^ (hash >>> 16), 0x45d9f3b);
  return (hash ^ (hash >>> 16)) >>> 0;
}
