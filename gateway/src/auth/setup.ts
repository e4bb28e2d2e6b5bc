import { ProblemError } from "@pulse/schema/problem";
import * as z from "zod";
import type { Deps, Principal } from "../http/context.ts";
import { sha256Hex } from "../http/encoding.ts";
import type { Ports } from "../ports.ts";
import { randomText } from "./keys.ts";
import { newPersonRow } from "./people/change-person.ts";
import { createPeopleStore } from "./people/store.ts";
import { principalOfKey } from "./principals.ts";
import { type From, type OpenedSession, openSessionOf } from "./sessions.ts";
import { signInAs } from "./sign-in-as.ts";
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
  const row = (await createAuthStore(ports.database).keyByDigest(await sha256Hex(of.key)))?.row;
  if (row?.project !== of.project || row.revokedAt !== null) throw new Error("the key is not known here");
  return await keepToken(ports, { project: row.project, key: row.id });
}

/** The same for the key that asks, by its id. Throws `conflict` when there is somebody already. */
export async function setUpTokenFor(ports: Ports, { project, id }: Pick<Principal, "project" | "id">) {
  if (await hasPeople(ports)) throw taken();
  return await keepToken(ports, { project, key: id });
}

async function keepToken(ports: Ports, of: { project: string; key: string }) {
  const token = randomText(ports, 43);
  const expiresAt = ports.now() + goodForMs;
  const value = { digest: await sha256Hex(token), ...of, expiresAt };
  await createAuthStore(ports.database).setFact(factName, JSON.stringify(value));
  return { token, expiresAt };
}

/** Whether anybody has an account here. */
export const hasPeople = (ports: Ports): Promise<boolean> => createPeopleStore(ports.database).hasPeople();

/** What is brought to `POST /v1/setup`. */
export interface Brought {
  token: string;
  /** The first person: both, or neither. */
  username?: string | undefined;
  password?: string | undefined;
}

/**
 * Takes set-up tokens: with a username and a password the first person is made, an admin of the gateway; without, the session is of the gateway's own
 * key. Throws `invalid_credential`, `expired_credential`, `rate_limited` after many that were wrong, `validation_failed`, and `conflict` when there is
 * somebody already; the last two do not use the token up.
 */
export function createSetUp(deps: Deps): (brought: Brought, from: From) => Promise<OpenedSession> {
  const { ports } = deps;
  const store = createAuthStore(ports.database);
  const people = createPeopleStore(ports.database);
  let wrong: number[] = [];

  function refuse(): ProblemError {
    wrong.push(ports.now());
    return new ProblemError(
      "invalid_credential",
      "this set-up URL is not good: it was used, or the gateway has been started again since",
      { hint: "`pulse setup --url` makes a new one with an administrator's key; an API key signs in too." },
    );
  }

  /** The row of the first person, if one is to be made. */
  async function firstPerson({ username, password }: Brought) {
    if (username === undefined && password === undefined) return null;
    if (username === undefined || password === undefined) {
      throw new ProblemError("validation_failed", "username and password are given both, or neither");
    }
    if (await people.hasPeople()) throw taken();
    return await newPersonRow(deps, { username, password });
  }

  return async (brought, from) => {
    const now = ports.now();
    wrong = wrong.filter((at) => now - at < wrongWithinMs);
    if (wrong.length >= wrongMost) {
      const retryAfter = Math.ceil(((wrong[0] ?? now) + wrongWithinMs - now) / 1000);
      throw new ProblemError("rate_limited", "too many set-up tokens were wrong", { retryAfter });
    }
    const text = await store.fact(factName);
    const fact = text === null ? null : kept.parse(JSON.parse(text));
    if (text === null || fact === null || fact.digest !== (await sha256Hex(brought.token))) throw refuse();
    const first = fact.expiresAt <= now ? null : await firstPerson(brought);
    // Of two that bring it at once, one takes it.
    if (!(await store.takeFact(factName, text))) throw refuse();
    if (fact.expiresAt <= now) {
      const at = new Date(fact.expiresAt).toISOString();
      throw new ProblemError("expired_credential", `this set-up URL was good until ${at}`);
    }
    const row = await store.keyByIdOrName(fact.project, fact.key);
    if (row === null || row.revokedAt !== null) throw refuse();
    if (first === null) return await openSessionOf(deps, principalOfKey(row, null, now), from);
    if (!(await people.insertFirst(first))) throw taken();
    const { id, username, name } = first;
    const who = { source: "password", subject: id, username, name, email: null, groups: null } as const;
    return await signInAs(deps, who, from);
  };
}

const taken = () =>
  new ProblemError("conflict", "there are people here already: one of them adds others", {
    hint: "pulse user create adds a person with an administrator's key.",
  });
