import * as z from "zod";

const unitMs: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Parses `250ms`, `10s`, `15m`, `6h`, `1h30m`, `30d` into milliseconds; null when the text is no duration. */
export function parseDuration(text: string): number | null {
  if (!/^(\d+(\.\d+)?(ms|s|m|h|d))+$/.test(text)) return null;
  let total = 0;
  for (const [, amount, , unit] of text.matchAll(/(\d+(\.\d+)?)(ms|s|m|h|d)/g)) {
    total += Number(amount) * (unitMs[unit ?? ""] ?? 0);
  }
  return Number.isSafeInteger(Math.round(total)) ? Math.round(total) : null;
}

/** Writes milliseconds the short way: `90000` → `1m30s`. */
export function formatDuration(ms: number): string {
  let rest = Math.round(ms);
  let text = "";
  for (const unit of ["d", "h", "m", "s", "ms"] as const) {
    const size = unitMs[unit] ?? 1;
    const amount = Math.floor(rest / size);
    if (amount > 0) text += `${amount}${unit}`;
    rest -= amount * size;
  }
  return text === "" ? "0s" : text;
}

/** A duration field: text such as `10s` within the two bounds, both included; the parsed value is milliseconds. */
export function duration(least: string, most: string) {
  const min = parseDuration(least) ?? 0;
  const max = parseDuration(most) ?? Number.MAX_SAFE_INTEGER;
  return z.string().transform((text, context) => {
    const ms = parseDuration(text);
    if (ms === null) {
      context.addIssue({
        code: "custom",
        message: `must be a duration such as "10s" or "5m", got ${JSON.stringify(text.slice(0, 100))}`,
      });
      return z.NEVER;
    }
    if (ms < min || ms > max) {
      const bound = ms < min ? `at least ${least}` : `at most ${most}`;
      context.addIssue({
        code: "custom",
        message: `must be ${bound}, got ${JSON.stringify(text.slice(0, 100))}`,
      });
      return z.NEVER;
    }
    return ms;
  });
}
