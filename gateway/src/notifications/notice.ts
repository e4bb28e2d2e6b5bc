import { makeId } from "@pulse/schema/ids";
import { isTerminal } from "@pulse/schema/status";
import type { NotificationEvent } from "@pulse/schema/wire/channel-rules";
import type { Ports } from "../ports.ts";
import { compose } from "./compose.ts";
import type { Happening } from "./happening.ts";
import { newestEvent, readNews } from "./happenings.ts";
import { createMemoryStore, lookedUpTo, lookOn, type MemoryRow, remember } from "./memory-store.ts";
import { addMessage, type NewMessage } from "./message-store.ts";
import { decide, seenKey, streakOf } from "./rules/decide.ts";
import { sendAt } from "./rules/send-at.ts";
import { type EndKind, endKindOf } from "./rules/streak.ts";
import { createChannelStore, type RuleRow } from "./store.ts";

type NoticePorts = Pick<Ports, "database" | "now" | "random">;

const stepsMost = 20;
/** Events that are read at once, and how often at most one of them is held against one rule in a step: others wait for it. */
const eventsAtOnce = 200;
const decisionsAtOnce = 2000;

/** Takes note of what happened in a project since it was last looked at: messages that its rules want, in the same batch as the place up to which was looked. True: there may be more. */
export async function notice(
  ports: NoticePorts,
  project: string,
  rules: readonly RuleRow[],
  publicUrl: string,
  onAdded: () => void = () => undefined,
): Promise<boolean> {
  const { database, now } = ports;
  const limit = Math.min(eventsAtOnce, Math.max(1, Math.floor(decisionsAtOnce / rules.length)));
  const store = createMemoryStore(database);
  let at = await store.cursor(project, await newestEvent(database));
  for (let step = 0; step < stepsMost; step++) {
    const { happenings, upTo, isCut } = await readNews(database, project, at, limit);
    if (upTo === at) return false;
    const guard = lookedUpTo(project, at);
    const known = await memoriesOf(ports, rules, happenings);
    const statements = happenings.flatMap((happening) =>
      rules.flatMap((rule) => {
        const memories = known.get(rule.id) ?? new Map<string, MemoryRow>();
        known.set(rule.id, memories);
        const { tells, remembers } = decide(project, rule, happening, endOf(happening), memories);
        for (const [about, memory] of remembers) {
          memories.set(about, { ruleId: rule.id, about, project, ...memory, at: now() });
        }
        const kept = remembers.map(([about, memory]) =>
          remember({ ruleId: rule.id, about, project, ...memory, at: now() }, guard),
        );
        if (tells === null) return kept;
        return [
          ...addMessage(messageOf(ports, project, rule, { happening, ...tells }, publicUrl), guard),
          ...kept,
        ];
      }),
    );
    // Last, for the others hold only while it stands where it stood.
    await store.write([...statements, lookOn(project, at, upTo)]);
    if (statements.length > 0) onAdded();
    at = upTo;
    if (!isCut) return false;
  }
  return true;
}

/** The message of a rule about something that happened. */
export function messageOf(
  { now, random }: Pick<Ports, "now" | "random">,
  project: string,
  rule: RuleRow,
  told: { happening: Happening; event: NotificationEvent; failures: number; filterFault: string | null },
  publicUrl: string,
): NewMessage {
  const createdAt = now();
  const { at, isGathered } = sendAt(rule, createdAt);
  const { happening, event, failures, filterFault } = told;
  return {
    ...{ id: makeId("message", createdAt, random(10)), project, channelId: rule.channelId, ruleId: rule.id },
    executionId: happening.execution?.id ?? null,
    once: `${rule.id} ${event} ${happening.key}`,
    gathers: isGathered ? rule.id : null,
    ...{ nextAt: at, createdAt },
    notification: compose(
      ...([project, happening] as const),
      { event, failures, filterFault, template: rule.template },
      publicUrl,
    ),
  };
}

/** The rules of each project that has any that count. */
export async function activeProjects({ database }: NoticePorts): Promise<Map<string, RuleRow[]>> {
  const store = createChannelStore(database);
  const found = new Map<string, RuleRow[]>();
  for (const project of await store.projects()) {
    const rules = await store.activeRules(project);
    if (rules.length > 0) found.set(project, rules);
  }
  return found;
}

/** Begins to look at a project's events, for its first rule. */
export async function beginLooking({ database }: Pick<Ports, "database">, project: string): Promise<void> {
  await createMemoryStore(database).cursor(project, await newestEvent(database));
}

function endOf({ execution }: Happening): EndKind {
  const status = execution?.status ?? "";
  return isTerminal(status) ? endKindOf(status) : "neither";
}

async function memoriesOf(
  { database }: NoticePorts,
  rules: readonly RuleRow[],
  happenings: readonly Happening[],
): Promise<Map<string, Map<string, MemoryRow>>> {
  const about = new Set(happenings.flatMap((one) => [seenKey(one), streakOf(one)]));
  const rows = await createMemoryStore(database).of(
    rules.map(({ id }) => id),
    [...about],
  );
  const byRule = Map.groupBy(rows, ({ ruleId }) => ruleId);
  return new Map([...byRule].map(([id, some]) => [id, new Map(some.map((row) => [row.about, row]))]));
}
