/** One started sandbox as eviction sees it. */
export interface Resident<Of> {
  of: Of;
  /** Its memory limit, bytes. */
  memory: number;
  /** Since when it has nothing to do; null: it runs or is being made, and is left alone. */
  idleSince: number | null;
  /** What would come to it: a version's key, or that of a kind of stem cells. */
  key: string;
  /** Asked for by `minWarm`, or ahead of a schedule. */
  isKept: boolean;
}

/** What sandboxes may take, bytes. */
export interface Limits {
  /** The memory limits of all together; null: only what the machine has free counts. */
  budgetBytes: number | null;
  /** What the machine has free now, and how much of it must stay so. */
  availableBytes: number;
  reserveBytes: number;
  /** Idle ones that nobody asked to keep. */
  idleMost: number;
}

/** Room that is wanted: for a sandbox of this memory limit with this key. */
export interface Need {
  bytes: number;
  key: string | null;
}

const idleRuntimeBytes = 48 * 2 ** 20;

/** What an idle runtime holds of the machine's memory at least, as far as its limit lets it: the end of one gives back so much. */
export const footprint = (memory: number): number => Math.min(memory, idleRuntimeBytes);

/** What is missing, for a need: limits of memory, free memory, and places for idle ones. */
function shortage<Of>(residents: readonly Resident<Of>[], need: Need, limits: Limits) {
  const used = residents.reduce((sum, { memory }) => sum + memory, 0);
  const idle = residents.filter(({ idleSince, isKept }) => idleSince !== null && !isKept).length;
  return {
    budget: limits.budgetBytes === null ? 0 : used + need.bytes - limits.budgetBytes,
    free: limits.reserveBytes + footprint(need.bytes) - limits.availableBytes,
    idle: idle - limits.idleMost,
  };
}

/** Whether a sandbox can be added without any other's end. */
export function hasRoomFor<Of>(residents: readonly Resident<Of>[], need: Need, limits: Limits): boolean {
  const { budget, free } = shortage(residents, need, limits);
  return budget <= 0 && free <= 0;
}

/**
 * Which sandboxes end so that there is room: idle ones, the longest idle first, those of other keys before those of the same, and those
 * that `minWarm` keeps last of all. One that runs is never among them, so the room may fall short of the need.
 */
export function victimsOf<Of>(
  residents: readonly Resident<Of>[],
  need: Need,
  limits: Limits,
): Resident<Of>[] {
  const missing = shortage(residents, need, limits);
  const victims: Resident<Of>[] = [];
  const rank = ({ isKept, key }: Resident<Of>) => (isKept ? 2 : 0) + (key === need.key ? 1 : 0);
  const idle = residents
    .filter(({ idleSince }) => idleSince !== null)
    .sort((a, b) => rank(a) - rank(b) || (a.idleSince ?? 0) - (b.idleSince ?? 0));
  for (const one of idle) {
    const isTooMany = missing.idle > 0 && !one.isKept;
    if (missing.budget <= 0 && missing.free <= 0 && !isTooMany) continue;
    victims.push(one);
    missing.budget -= one.memory;
    missing.free -= footprint(one.memory);
    missing.idle -= 1;
  }
  return victims;
}
