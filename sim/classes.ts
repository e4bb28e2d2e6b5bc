import type { History } from "./history.ts";
import type { Ledger } from "./ledger.ts";

/** How requests went, in the words of Jepsen's checkers. */
export const classNames = ["ok", "lost", "duplicated", "unexpected", "recovered", "unknown"] as const;
export type Classes = Record<(typeof classNames)[number], number>;

export const noClasses = (): Classes => ({
  ok: 0,
  lost: 0,
  duplicated: 0,
  unexpected: 0,
  recovered: 0,
  unknown: 0,
});

/**
 * Sorts every request: `ok` was told and is there; `lost` was told and is not; `duplicated` began more often than its row has causes for;
 * `recovered` was not told and is there; `unknown` was not told and is not. `unexpected` counts whatever else may not be.
 */
export function classify(ledger: Ledger, history: History): Classes {
  const classes = noClasses();
  const starts = new Map<string, number>();
  for (const { execution } of ledger.effects) starts.set(execution, (starts.get(execution) ?? 0) + 1);
  for (const { ids } of ledger.asked) {
    const told = ids.filter((id) => ledger.accepted.has(id));
    const rows = ids.flatMap((id) => history.rows.get(id) ?? []);
    if (told.length > 0) classes[rows.length > 0 ? "ok" : "lost"] += 1;
    else classes[rows.length > 0 ? "recovered" : "unknown"] += 1;
    for (const { execution, retriesUsed, losses, redeliveries } of rows) {
      const causes = retriesUsed + losses + redeliveries + 1;
      if ((starts.get(execution) ?? 0) > causes) classes.duplicated += 1;
    }
  }
  classes.unexpected = ledger.violations.length;
  return classes;
}
