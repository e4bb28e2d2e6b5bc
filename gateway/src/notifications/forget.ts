import { keptByDefault } from "@pulse/schema/wire/retention";
import type { Ports } from "../ports.ts";
import { createMemoryStore } from "./memory-store.ts";
import { createMessageStore } from "./message-store.ts";

const atATime = 500;
const dayMs = 24 * 3_600_000;
/** What was told is known for so long at least: no event is kept longer that could tell it again. */
const knownMs = 7 * dayMs;

/** Forgets messages as projects keep executions, and what rules have seen after 90 days; false when nothing is left to do. */
export async function forgetMessages({ database, now }: Pick<Ports, "database" | "now">): Promise<boolean> {
  const { executionsMs } = keptByDefault;
  const messages = await createMessageStore(database).dropOld(
    now(),
    { kept: executionsMs, least: knownMs },
    atATime,
  );
  const seen = await createMemoryStore(database).dropSeen(now() - 90 * dayMs, atATime);
  return messages === atATime || seen === atATime;
}
