import { makeId } from "@pulse/schema/ids";
import { ProblemError } from "@pulse/schema/problem";
import type { Deps, Principal } from "../http/context.ts";
import { sha256Hex } from "../http/encoding.ts";
import { cookieName, cookieOf, cookieText } from "./cookies.ts";
import { createKeyRing, randomText } from "./keys.ts";
import { principalOfKey, principalOfPerson, usualProject } from "./principals.ts";
import { keyInProject, personInProject } from "./project-choice.ts";
import { createAuthStore, type Person, type SessionRow } from "./store.ts";

/** A session ends after seven days whatever happens, and after twelve hours in which nothing came of it. */
const sessionMs = 7 * 86_400_000;
export const idleMs = 12 * 3_600_000;
/** How exactly it is known when a session was last used. */
const seenEveryMs = 60_000;

/** Where a request comes from: what a session keeps of it, and the session it replaces. */
export interface From {
  request: Request;
  /** The caller's address; null where it is not known. */
  address: string | null;
}

const sessionCookie = "pulse_session";

/** Throws `bad_origin` unless a request comes from a page of our own origin. */
export function checkOrigin(publicUrl: string, origin: string | null): void {
  if (origin === new URL(publicUrl).origin) return;
  throw new ProblemError(
    "bad_origin",
    `a signed-in browser must call from ${publicUrl}, got ${origin ?? "no origin"}`,
  );
}

/** A session that was opened: whose, until when (epoch ms), and the `Set-Cookie` value. */
export interface OpenedSession {
  principal: Principal;
  expiresAt: number;
  cookie: string;
}

/** Opens a session for the holder of a key. */
export async function openSession(deps: Deps, key: string, from: From): Promise<OpenedSession> {
  return await openSessionOf(deps, await createKeyRing(deps.ports).verify(key), from);
}

/** Opens a session that may do what this key may. */
export async function openSessionOf(deps: Deps, key: Principal, from: From): Promise<OpenedSession> {
  const holder = { keyId: key.id, userId: null, project: key.project };
  const { row, cookie } = await begin(deps, holder, from, key.expiresAt);
  const principal = { ...key, kind: "session" as const, sessionId: row.id, expiresAt: row.expiresAt };
  return { principal, expiresAt: row.expiresAt, cookie };
}

/** Opens a session of a person. */
export async function openSessionFor(deps: Deps, person: Person, from: From): Promise<OpenedSession> {
  const holder = { keyId: null, userId: person.user.id, project: "*" };
  const { row, cookie } = await begin(deps, holder, from, null);
  const principal = principalOfPerson(person, usualProject(person.memberships), row);
  return { principal, expiresAt: row.expiresAt, cookie };
}

async function begin(
  { ports, config }: Deps,
  holder: Pick<SessionRow, "keyId" | "userId" | "project">,
  { request, address }: From,
  endsAt: number | null,
): Promise<{ row: SessionRow; cookie: string }> {
  const value = randomText(ports, 43);
  const now = ports.now();
  const expiresAt = Math.min(now + sessionMs, endsAt ?? Number.MAX_SAFE_INTEGER);
  const row = {
    ...holder,
    id: makeId("session", now, ports.random(10)),
    digest: await sha256Hex(value),
    userAgent: request.headers.get("user-agent")?.slice(0, 300) ?? null,
    address,
    createdAt: now,
    lastSeenAt: now,
    expiresAt,
  };
  const before = cookieOf(request, cookieName(config.publicUrl, sessionCookie));
  const replaced = before === null ? null : await sha256Hex(before);
  await createAuthStore(ports.database).insertSession(row, replaced, now);
  return {
    row,
    cookie: cookieText(config.publicUrl, sessionCookie, value, Math.floor((expiresAt - now) / 1000)),
  };
}

/**
 * Who the session cookie belongs to, or null without one that is good; a person in the project that `Pulse-Project` names. Unsafe methods must come
 * from our own origin: throws `bad_origin`, and `expired_credential` when the key of the session has expired.
 */
export async function sessionOf(deps: Deps, request: Request): Promise<Principal | null> {
  const { ports, config } = deps;
  const value = cookieOf(request, cookieName(config.publicUrl, sessionCookie));
  if (value === null) return null;
  const now = ports.now();
  const store = createAuthStore(ports.database);
  const found = await store.session(await sha256Hex(value), now, now - idleMs);
  if (found === null || !isOpen(found)) return null;
  if (!["GET", "HEAD", "OPTIONS"].includes(request.method)) {
    checkOrigin(config.publicUrl, request.headers.get("origin"));
  }
  const { session, key, person } = found;
  if (now - session.lastSeenAt >= seenEveryMs) {
    ports.background(store.touchSession(session.id, session.userId, now));
  }
  if (session.userId !== null) {
    return person === null ? null : await personInProject(ports, request, person, session);
  }
  return key === null ? null : await keyInProject(ports, request, principalOfKey(key, person, now, session));
}

/** Whether those are still there and let in whose session it is. */
function isOpen({ session, key, person }: Found): boolean {
  const isIn = person !== null && person.user.disabledAt === null;
  if (session.userId !== null) return isIn;
  return key !== null && key.revokedAt === null && (key.ownerId === null || isIn);
}

type Found = NonNullable<Awaited<ReturnType<ReturnType<typeof createAuthStore>["session"]>>>;

/** Ends the session of the cookie; returns the `Set-Cookie` value that removes it. */
export async function closeSession(deps: Deps, request: Request): Promise<string> {
  const value = cookieOf(request, cookieName(deps.config.publicUrl, sessionCookie));
  if (value !== null) await createAuthStore(deps.ports.database).deleteSession(await sha256Hex(value));
  return cookieText(deps.config.publicUrl, sessionCookie, "", 0);
}
