/** When a schedule comes, as a form says it. */
export interface TimingFields {
  kind: "cron" | "every" | "at";
  /** A cron expression, a length of time such as `15m`, or a local time as a browser's field gives it. */
  text: string;
}

/** The timing as the API takes it; null: the local time is none. What expressions may be is the gateway's to say. */
export function readTiming({
  kind,
  text,
}: TimingFields): { cron: string } | { every: string } | { at: string } | null {
  if (kind === "cron") return { cron: text };
  if (kind === "every") return { every: text };
  const at = new Date(text);
  return Number.isNaN(at.getTime()) ? null : { at: at.toISOString() };
}
