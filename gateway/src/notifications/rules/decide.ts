import type { NotificationEvent } from "@pulse/schema/wire/channel-rules";
import { seenOf } from "../compose.ts";
import type { Happening } from "../happening.ts";
import { matches } from "./matches.ts";
import { afterEnd, calm, type EndKind, type Streak } from "./streak.ts";

/** What a rule is decided by. */
export interface DecidedRule {
  events: readonly NotificationEvent[];
  filter: string | null;
  times: number;
  since: number;
}

/** What a rule remembers, by `streak:…` and `seen:…`. */
export type Memories = ReadonlyMap<string, Streak>;

/** What comes of something that happened: what is told, and what the rule remembers from now on. */
export interface Decision {
  tells: { event: NotificationEvent; failures: number; filterFault: string | null } | null;
  remembers: [about: string, memory: Streak][];
}

const nothing: Decision = { tells: null, remembers: [] };

/** Where a rule remembers how a function or workflow has been doing. */
export function streakOf(happening: Happening): string {
  return `streak:${happening.execution?.kind ?? ""}:${happening.execution?.name ?? ""}`;
}

/** Where a rule remembers that it has seen something. */
export function seenKey({ key }: Happening): string {
  return `seen:${key}`;
}

/**
 * Decides what a rule does about something that happened, the same thing once. A filter is asked about failures and about whatever is no end of an execution: a success
 * ends the failures that it let through.
 */
export function decide(
  project: string,
  rule: DecidedRule,
  happening: Happening,
  end: EndKind,
  memories: Memories,
): Decision {
  if (happening.at < rule.since || memories.has(seenKey(happening))) return nothing;
  const seen: Decision["remembers"] = [[seenKey(happening), calm]];
  const asked = (event: NotificationEvent) =>
    matches(rule.filter, seenOf(project, happening, event), happening.at);
  if (happening.event !== "ended") {
    if (!rule.events.includes(happening.event)) return nothing;
    const { matches: fits, fault } = asked(happening.event);
    return fits
      ? { tells: { event: happening.event, failures: 0, filterFault: fault }, remembers: seen }
      : nothing;
  }
  if (!rule.events.includes("failed") && !rule.events.includes("recovered")) return nothing;
  const before = memories.get(streakOf(happening)) ?? calm;
  // Nothing was wrong, and nothing is: the usual case costs nothing.
  if (end === "neither" || (end === "good" && before.failures === 0)) return nothing;
  const filtered = end === "bad" ? asked("failed") : { matches: true, fault: null };
  if (!filtered.matches) return nothing;
  const { streak, tells } = afterEnd(before, end, rule.times);
  const failures = end === "good" ? before.failures : streak.failures;
  const isTold = tells !== null && rule.events.includes(tells);
  return {
    tells: isTold ? { event: tells, failures, filterFault: filtered.fault } : null,
    remembers: [...seen, [streakOf(happening), streak]],
  };
}
