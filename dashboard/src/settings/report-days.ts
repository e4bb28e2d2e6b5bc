const dayMs = 86_400_000;
const shownDays = 30;
const plainDay = /^\d{4}-\d{2}-\d{2}$/;

/** The first and the last day of a period, as `2026-03-31`, both in UTC and both in it. */
export interface Days {
  from: string;
  to: string;
}

/** The last thirty days, today among them. */
export function lastDays(nowMs: number): Days {
  return { from: dayOf(nowMs - (shownDays - 1) * dayMs), to: dayOf(nowMs) };
}

/** The instants of a period as the API wants them: from `since` on, before `until`; null: they are no days, or the last is before the first. */
export function instantsOf({ from, to }: Days): { since: string; until: string } | null {
  const [first, last] = [startOf(from), startOf(to)];
  if (first === null || last === null || last < first) return null;
  return { since: new Date(first).toISOString(), until: new Date(last + dayMs).toISOString() };
}

/** When a day begins, in epoch milliseconds; null: there is no such day. */
function startOf(day: string): number | null {
  const at = plainDay.test(day) ? Date.parse(`${day}T00:00:00Z`) : Number.NaN;
  return Number.isNaN(at) || dayOf(at) !== day ? null : at;
}

function dayOf(atMs: number): string {
  return new Date(atMs).toISOString().slice(0, 10);
}
