import * as z from "zod";
import { formatDuration } from "../duration-text.ts";
import { hasTemplate } from "../expression/parse-template.ts";
import type { StepDefinition } from "./definition.ts";
import type { Findings } from "./finding.ts";
import { readTimespan } from "./timespan.ts";

const instant = z.union([z.iso.datetime({ offset: true }), z.iso.date()]);

/** Milliseconds when they are known before a run: null for none, and for a template. */
export function knownMs(written: number | string | undefined): number | null {
  return readTimespan(written);
}

/** Notes times of a step that contradict each other or `limitMs`, what the things around it may take. */
export function checkTimes(
  step: StepDefinition,
  pointer: string,
  limitMs: number | null,
  findings: Findings,
): void {
  const timeout = knownMs(step.timeout);
  if (timeout === 0) findings.error(`${pointer}/timeout`, "out_of_range", "must be longer than 0");
  if (timeout !== null && limitMs !== null && timeout > limitMs) {
    const text = `is longer than the ${formatDuration(limitMs)} that what is around it may take`;
    findings.warn(`${pointer}/timeout`, "contradiction", text);
  }
  if (step.type === "wait") checkWait(step, pointer, timeout, limitMs, findings);
  const delay = knownMs(step.retry?.delay);
  const maxDelay = knownMs(step.retry?.maxDelay);
  if (delay !== null && maxDelay !== null && delay > maxDelay) {
    findings.error(`${pointer}/retry/maxDelay`, "contradiction", "must not be shorter than delay");
  }
}

function checkWait(
  step: StepDefinition,
  pointer: string,
  timeout: number | null,
  limitMs: number | null,
  findings: Findings,
): void {
  const waited = knownMs(step.duration);
  const least = Math.min(timeout ?? Number.POSITIVE_INFINITY, limitMs ?? Number.POSITIVE_INFINITY);
  if (waited !== null && waited > least) {
    const text = `waits ${formatDuration(waited)}, but only ${formatDuration(least)} are allowed`;
    findings.error(`${pointer}/duration`, "contradiction", text);
  }
  const { until } = step;
  if (until !== undefined && !hasTemplate(until) && !instant.safeParse(until).success) {
    const text = `must be a time such as 2026-03-01T12:00:00Z or a template, got ${JSON.stringify(until)}`;
    findings.error(`${pointer}/until`, "bad_format", text);
  }
}
