import { ProblemError } from "@pulse/schema/problem";
import { failedSignIns, sessions } from "@pulse/schema/tables";
import { and, eq, inArray, lt, sql } from "drizzle-orm";
import { sha256Hex } from "../../http/encoding.ts";
import type { Ports } from "../../ports.ts";

/** After `free` failures each further one doubles the wait, from a second up to `mostMs`. Nobody is locked out. */
interface Pace {
  free: number;
  mostMs: number;
}

const paces = {
  /** Somebody who tries one name from one place. */
  pair: { free: 5, mostMs: 300_000 },
  /** Somebody who tries many names from one place. */
  address: { free: 30, mostMs: 300_000 },
  /** Many who try one name from many places. It does not hold up those places where the person is signed in. */
  username: { free: 50, mostMs: 30_000 },
} as const satisfies Record<string, Pace>;

const forgottenMs = 3_600_000;

/** Who tries: a name, from an address. */
export interface Attempt {
  username: string;
  address: string | null;
  /** The person of that name, if there is one. */
  userId: string | null;
}

/** An attempt that was counted. */
export interface Begun {
  /** It was none that failed: as if it had not been made. */
  takeBack(): Promise<void>;
  /** The person is in: what failed before from this place is forgotten. */
  succeeded(): Promise<void>;
}

/**
 * Counts an attempt before it is known how it ends, so that many at once count too. Throws `rate_limited` with the wait when there were too many that
 * failed.
 */
export async function beginAttempt(
  { database: { orm }, now }: Pick<Ports, "database" | "now">,
  { username, address, userId }: Attempt,
): Promise<Begun> {
  const time = now();
  const place = networkOf(address);
  const counted = [
    { pace: paces.pair, text: `pair ${place} ${username}` },
    ...(place === "" ? [] : [{ pace: paces.address, text: `address ${place}` }]),
    ...(userId !== null && address !== null && (await isSignedInFrom(userId, address))
      ? []
      : [{ pace: paces.username, text: `username ${username}` }]),
  ];
  const digests: string[] = [];
  for (const { pace, text } of counted) {
    const digest = await sha256Hex(text);
    const waitMs = await count(digest, pace);
    if (waitMs > 0) {
      await takeBack(digests);
      throw new ProblemError("rate_limited", "too many sign-ins failed; try again in a moment", {
        retryAfter: Math.ceil(waitMs / 1000),
      });
    }
    digests.push(digest);
  }
  return {
    takeBack: () => takeBack(digests),
    async succeeded() {
      await takeBack(digests.slice(1));
      const [pair] = digests;
      if (pair !== undefined) await orm.delete(failedSignIns).where(eq(failedSignIns.digest, pair));
    },
  };

  /** Counts one under a digest; what is still to be waited for, else 0. */
  async function count(digest: string, pace: Pace): Promise<number> {
    const row = { digest, count: 1, lastAt: time };
    const delay = sql`CASE WHEN ${failedSignIns.count} < ${pace.free} THEN 0 ELSE
      min(${pace.mostMs}, 1000 << min(20, ${failedSignIns.count} - ${pace.free})) END`;
    const done = await orm
      .insert(failedSignIns)
      .values(row)
      .onConflictDoUpdate({
        target: failedSignIns.digest,
        set: {
          count: sql`CASE WHEN ${failedSignIns.lastAt} < ${time - forgottenMs} THEN 1 ELSE ${failedSignIns.count} + 1 END`,
          lastAt: time,
        },
        setWhere: sql`${failedSignIns.lastAt} + ${delay} <= ${time}`,
      })
      .returning({ count: failedSignIns.count });
    if (done.length > 0) return 0;
    const [kept] = await orm
      .select({ waitMs: sql<number>`${failedSignIns.lastAt} + ${delay} - ${time}` })
      .from(failedSignIns)
      .where(eq(failedSignIns.digest, digest));
    return Math.max(1, kept?.waitMs ?? 1);
  }

  async function takeBack(some: readonly string[]): Promise<void> {
    if (some.length === 0) return;
    await orm.batch([
      orm
        .update(failedSignIns)
        .set({ count: sql`${failedSignIns.count} - 1` })
        .where(inArray(failedSignIns.digest, [...some])),
      orm.delete(failedSignIns).where(sql`count <= 0`),
      orm.delete(failedSignIns).where(lt(failedSignIns.lastAt, time - forgottenMs)),
    ]);
  }

  async function isSignedInFrom(person: string, from: string): Promise<boolean> {
    const which = and(eq(sessions.userId, person), eq(sessions.address, from));
    return (await orm.select({ id: sessions.id }).from(sessions).where(which).limit(1)).length > 0;
  }
}

/** The network somebody has at least: a /64 of IPv6, one address of IPv4. */
export function networkOf(address: string | null): string {
  if (address === null || !address.includes(":")) return address ?? "";
  const [head = "", tail] = address.split("::");
  const front = head.split(":").filter((one) => one !== "");
  const back = tail === undefined ? [] : tail.split(":").filter((one) => one !== "");
  const zeros = Array.from({ length: Math.max(0, 8 - front.length - back.length) }, () => "0");
  const groups = tail === undefined ? front : [...front, ...zeros, ...back];
  return `${groups.slice(0, 4).join(":")}::/64`;
}
