import { ProblemError } from "@pulse/schema/problem";
import type { Deps, Principal } from "../http/context.ts";
import { sha256Hex } from "../http/encoding.ts";
import { createKeyRing, principalOf, randomText } from "./keys.ts";
import { createAuthStore } from "./store.ts";

const sessionMs = 7 * 86_400_000;

/** The name of the session cookie: with the `__Host-` prefix everywhere but on plain http. */
export function sessionCookieName(publicUrl: string): string {
  return publicUrl.startsWith("https:") ? "__Host-pulse_session" : "pulse_session";
}

function cookieOf(request: Request, name: string): string | null {
  for (const part of (request.headers.get("cookie") ?? "").split(";")) {
    const at = part.indexOf("=");
    if (at > 0 && part.slice(0, at).trim() === name) return part.slice(at + 1).trim();
  }
  return null;
}

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
export async function openSession(deps: Deps, key: string): Promise<OpenedSession> {
  return await openSessionOf(deps, await createKeyRing(deps.ports).verify(key));
}

/** Opens a session that may do what this key may. */
export async function openSessionOf(deps: Deps, principal: Principal): Promise<OpenedSession> {
  const { ports, config } = deps;
  const value = randomText(ports, 43);
  const now = ports.now();
  const expiresAt = Math.min(now + sessionMs, principal.expiresAt ?? Number.MAX_SAFE_INTEGER);
  const row = {
    digest: await sha256Hex(value),
    project: principal.project,
    keyId: principal.id,
    createdAt: now,
    expiresAt,
  };
  await createAuthStore(ports.database).insertSession(row, now);
  return {
    principal,
    expiresAt,
    cookie: cookieText(config.publicUrl, value, Math.floor((expiresAt - now) / 1000)),
  };
}

function cookieText(publicUrl: string, value: string, seconds: number): string {
  const secure = publicUrl.startsWith("https:") ? "; Secure" : "";
  return `${sessionCookieName(publicUrl)}=${value}; Path=/; HttpOnly; SameSite=Lax; Max-Age=${seconds}${secure}`;
}

/** Who the session cookie belongs to, or null without one. Unsafe methods must come from our own origin: throws `bad_origin`. */
export async function sessionOf(deps: Deps, request: Request): Promise<Principal | null> {
  const { ports, config } = deps;
  const value = cookieOf(request, sessionCookieName(config.publicUrl));
  if (value === null) return null;
  const now = ports.now();
  const found = await createAuthStore(ports.database).sessionKey(await sha256Hex(value), now);
  if (found === null || found.key.revokedAt !== null) return null;
  if (!["GET", "HEAD", "OPTIONS"].includes(request.method)) {
    checkOrigin(config.publicUrl, request.headers.get("origin"));
  }
  return principalOf(found.key, "session", found.expiresAt, now);
}

/** Ends the session of the cookie; returns the `Set-Cookie` value that removes it. */
export async function closeSession(deps: Deps, request: Request): Promise<string> {
  const value = cookieOf(request, sessionCookieName(deps.config.publicUrl));
  if (value !== null) await createAuthStore(deps.ports.database).deleteSession(await sha256Hex(value));
  return cookieText(deps.config.publicUrl, "", 0);
}
