import { ProblemError } from "@pulse/schema/problem";
import * as z from "zod";
import type { Deps } from "../http/context.ts";
import { sha256Hex } from "../http/encoding.ts";
import type { Ports } from "../ports.ts";
import { randomText } from "./keys.ts";
import { principalOfKey } from "./principals.ts";
import { type From, type OpenedSession, openSessionOf } from "./sessions.ts";
import { createAuthStore } from "./store.ts";

const factName = "setup";
const goodForMs = 24 * 3_600_000;
const wrongMost = 20;
const wrongWithinMs = 60_000;

/** What is kept of the one token that is good: never the token. */
const kept = z.object({ digest: z.string(), key: z.string(), project: z.string(), expiresAt: z.number() });

/**
 * Makes the token of the set-up URL: whoever brings it to `POST /v1/setup` gets a session of this key, once, for a day. The one made
 * before it is good no longer.
 */
export async function makeSetUpToken(
  ports: Ports,
  of: { project: string; key: string },
): Promise<{ token: string; expiresAt: number }> {
  const store = createAuthStore(ports.database);
  const row = (await store.keyByDigest(await sha256Hex(of.key)))?.row;
  if (row?.project !== of.project) throw new Error("the key is not known here");
  const token = randomText(ports, 43);
  const expiresAt = ports.now() + goodForMs;
  const value = { digest: await sha256Hex(token), key: row.id, project: of.project, expiresAt };
  await store.setFact(factName, JSON.stringify(value));
  return { token, expiresAt };
}

/** Takes set-up tokens. Throws `invalid_credential`, `expired_credential`, and `rate_limited` after many that were wrong. */
export function createSetUp(deps: Deps): (token: string, from: From) => Promise<OpenedSession> {
  const { ports } = deps;
  const store = createAuthStore(ports.database);
  let wrong: number[] = [];

  function refuse(): ProblemError {
    wrong.push(ports.now());
    return new ProblemError(
      "invalid_credential",
      "this set-up URL is not good: it was used, or the gateway has been started again since",
      { hint: "Each start of Pulse prints a new one; an API key signs in too." },
    );
  }

  return async (token, from) => {
    const now = ports.now();
    wrong = wrong.filter((at) => now - at < wrongWithinMs);
    if (wrong.length >= wrongMost) {
      const retryAfter = Math.ceil(((wrong[0] ?? now) + wrongWithinMs - now) / 1000);
      throw new ProblemError("rate_limited", "too many set-up tokens were wrong", { retryAfter });
    }
    const text = await store.fact(factName);
    const fact = text === null ? null : kept.parse(JSON.parse(text));
    if (text === null || fact === null || fact.digest !== (await sha256Hex(token))) throw refuse();
    // Of two that bring it at once, one takes it.
    if (!(await store.takeFact(factName, text))) throw refuse();
    if (fact.expiresAt <= now) {
      const at = new Date(fact.expiresAt).toISOString();
      throw new ProblemError("expired_credential", `this set-up URL was good until ${at}`);
    }
    const row = await store.keyByIdOrName(fact.project, fact.key);
    if (row === null || row.revokedAt !== null) throw refuse();
    return await openSessionOf(deps, principalOfKey(row, null, now), from);
  };
}
