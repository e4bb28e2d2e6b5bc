import { parseDuration } from "../duration-text.ts";
import type { Amount, Timespan } from "./plan.ts";

/** Milliseconds of a number (rounded up) or of text such as `20m`; null for anything else, or below zero. */
export function readTimespan(value: unknown): number | null {
  if (typeof value === "number") return Number.isFinite(value) && value >= 0 ? Math.ceil(value) : null;
  if (typeof value !== "string") return null;
  return parseDuration(value.trim());
}

/** A written time span in the form of a plan: milliseconds at once, unless it is a template. */
export function timespanOf(written: number | string): Timespan {
  return readTimespan(written) ?? { template: String(written) };
}

/** How many of `total` an amount is: a percentage is rounded as asked, and never goes above `total`. */
export function countOf(amount: Amount, total: number, round: "up" | "down"): number {
  if (typeof amount === "number") return Math.min(amount, total);
  const share = (Number(amount.slice(0, -1)) * total) / 100;
  return Math.min(round === "up" ? Math.ceil(share) : Math.floor(share), total);
}
