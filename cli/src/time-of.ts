import { parseDuration } from "@pulse/schema/duration-text";
import type { Messages } from "./messages/en.ts";
import { fill } from "./messages/say.ts";
import { UsageError } from "./usage.ts";

/** A time as it was typed, or so long ago, as RFC 3339. Throws `UsageError`. */
export function timeOf(text: string, messages: Messages): string {
  const ago = parseDuration(text);
  const ms = ago === null ? Date.parse(text) : Date.now() - ago;
  if (Number.isNaN(ms)) throw new UsageError(fill(messages.badTime, { given: text }));
  return new Date(ms).toISOString();
}
