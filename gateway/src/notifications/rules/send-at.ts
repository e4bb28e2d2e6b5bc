import type { QuietHours } from "@pulse/schema/wire/channel-rules";
import { quietUntil } from "./quiet.ts";

/** When a message goes, and whether others that come until then go with it. */
export interface Sending {
  at: number;
  isGathered: boolean;
}

/** When what is told now is sent: at the end of its digest, and not in quiet hours. */
export function sendAt(rule: { digestMs: number | null; quiet: QuietHours | null }, now: number): Sending {
  const at = now + (rule.digestMs ?? 0);
  const end = rule.quiet === null ? null : quietUntil(rule.quiet, at);
  return { at: end ?? at, isGathered: end !== null || rule.digestMs !== null };
}
