import { type Classes, classNames, noClasses } from "./classes.ts";
import type { SeedReport } from "./seeds.ts";

/** Every check of the simulation, in the order in which it is shown. */
export const checks = [
  "accepted is never lost",
  "what was taken is on disk",
  "one terminal state",
  "fences rise",
  "attempts",
  "retry counters",
  "at most once",
  "no overlap",
  "caps",
  "idempotency",
  "cancel is final",
  "sync callers are answered",
  "everything comes to an end",
  "use is exact",
  "nothing leaks",
  "no error of its own",
  "no rejection is left alone",
] as const;

/** Adds up what seeds did, and says it. */
export class Summary {
  readonly failed: SeedReport[] = [];
  readonly #counts = new Map<string, number>();
  readonly #classes: Classes = noClasses();
  seeds = 0;
  events = 0;

  add(report: SeedReport): void {
    this.seeds += 1;
    this.events += report.events;
    for (const [what, count] of Object.entries(report.counts)) {
      this.#counts.set(what, (this.#counts.get(what) ?? 0) + count);
    }
    for (const name of classNames) this.#classes[name] += report.classes[name];
    if (report.violations.length > 0) this.failed.push(report);
  }

  /** What was done and what came of it, in lines. */
  lines(seconds: number): string[] {
    const counts = [...this.#counts].sort(([a], [b]) => (a < b ? -1 : 1));
    const width = Math.max(...checks.map((check) => check.length));
    const failing = (check: string) =>
      this.failed.filter(({ violations }) => violations.some((one) => one.check === check)).length;
    const strange = this.failed.flatMap(({ violations }) => violations.map(({ check }) => check));
    const all = new Set<string>([...checks, ...strange]);
    return [
      `${this.seeds} seeds, ${this.events} events, ${seconds.toFixed(1)} s, ${(this.seeds / seconds).toFixed(1)} seeds/s`,
      `requests: ${classNames.map((name) => `${name} ${this.#classes[name]}`).join(" / ")}`,
      ...counts.map(([what, count]) => `  ${String(count).padStart(9)} ${what}`),
      ...[...all].map((check) => {
        const count = failing(check);
        return `  ${check.padEnd(width)}  ${count === 0 ? "ok" : `FAILED in ${count} seeds`}`;
      }),
    ];
  }
}
