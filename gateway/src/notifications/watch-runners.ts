import type { InStatement } from "@libsql/client";
import { runners } from "@pulse/schema/tables";
import type { NotificationEvent } from "@pulse/schema/wire/channel-rules";
import { and, eq, isNull } from "drizzle-orm";
import type { Hub } from "../hub.ts";
import type { Ports } from "../ports.ts";
import { seenOf } from "./compose.ts";
import { type Happening, noSubject } from "./happening.ts";
import { createMemoryStore, type MemoryRow, remember, stillRemembers } from "./memory-store.ts";
import { addMessage } from "./message-store.ts";
import { messageOf } from "./notice.ts";
import { matches } from "./rules/matches.ts";
import { afterLook, type Watched } from "./rules/streak.ts";
import type { RuleRow } from "./store.ts";

/** A shorter absence is waited for, as workflows wait for it. */
const awayAfterMs = 300_000;
const writtenAtOnce = 200;
const states: readonly Watched["is"][] = ["here", "leaving", "away"];

/** Whether a rule tells of runners. */
export function watchesRunners({ events }: RuleRow): boolean {
  return events.includes("runner-offline") || events.includes("runner-online");
}

/** Looks at the runners of a project for the rules that tell of them. Those that live for one job only go all the time. */
export async function watchRunners(
  { ports, hub, publicUrl }: { ports: Ports; hub: Hub; publicUrl: string },
  project: string,
  rules: readonly RuleRow[],
): Promise<void> {
  const rows = await ports.database.orm
    .select()
    .from(runners)
    .where(and(eq(runners.project, project), isNull(runners.revokedAt), eq(runners.ephemeral, false)));
  if (rows.length === 0) return;
  const live = new Map(
    (await hub.runnersLive({ ids: rows.map(({ id }) => id) })).map((one) => [one.id, one.lastSeenAt]),
  );
  const now = ports.now();
  const store = createMemoryStore(ports.database);
  // Each statement has a guard of its own: those written together are not bound to each other.
  let unwritten: InStatement[] = [];
  const write = async (least: number) => {
    if (unwritten.length < least) return;
    await store.write(unwritten);
    unwritten = [];
  };
  for (const rule of rules) {
    const known = new Map((await store.ofRunners(rule.id)).map((row) => [row.about, row]));
    for (const row of rows) {
      const seenAt = Math.max(live.get(row.id) ?? 0, row.lastSeenAt ?? 0);
      if (seenAt === 0) continue;
      const about = `runner:${row.id}`;
      const before = known.get(about) ?? null;
      const { watched, tells } = afterLook(watchedOf(before), now - seenAt >= awayAfterMs, now);
      const next = memoryOf(rule, about, watched);
      if (before !== null && before.failures === next.failures && before.at === next.at) continue;
      const guard = stillRemembers(rule.id, about, before);
      const happening: Happening = {
        ...{ ...noSubject, event: tells ?? "runner-online", key: `${row.id} ${watched.at}`, at: now },
        runner: {
          ...{ name: row.name, pool: row.pool, labels: row.labels },
          lastSeenAt: new Date(seenAt).toISOString(),
        },
      };
      const told = tells === null ? null : toldOf(rule, project, happening, tells);
      if (told !== null)
        unwritten.push(...addMessage(messageOf(ports, project, rule, told, publicUrl), guard));
      unwritten.push(remember(next, guard));
      await write(writtenAtOnce);
    }
  }
  await write(1);
}

function toldOf(rule: RuleRow, project: string, happening: Happening, event: NotificationEvent) {
  if (!rule.events.includes(event)) return null;
  const { matches: fits, fault } = matches(rule.filter, seenOf(project, happening, event), happening.at);
  return fits ? { happening, event, failures: 0, filterFault: fault } : null;
}

function watchedOf(row: MemoryRow | null): Watched | null {
  return row === null ? null : { is: states[row.failures] ?? "here", told: row.told, at: row.at };
}

function memoryOf({ id, project }: RuleRow, about: string, { is, told, at }: Watched): MemoryRow {
  return { ruleId: id, about, project, failures: states.indexOf(is), told, at };
}
