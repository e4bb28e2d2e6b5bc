import { createKey, revokeKey } from "@pulse/schema/wire/auth";
import { api } from "./client.ts";

const lifeMs = 3_600_000;
const marginMs = 60_000;

interface CallKey {
  id: string;
  key: string;
  expiresAt: number;
}

let made: Promise<CallKey> | null = null;

/**
 * A key that may call functions and nothing else, for the test panel: the session cookie never authorises a call. It lives in this tab's memory
 * for at most an hour. Throws `forbidden` when the session may not make keys.
 */
export async function callKey(signal: AbortSignal): Promise<string> {
  const before = await made?.catch(() => null);
  if (before && before.expiresAt - marginMs > Date.now()) return before.key;
  made = makeKey(signal);
  return (await made).key;
}

async function makeKey(signal: AbortSignal): Promise<CallKey> {
  const expiresAt = Date.now() + lifeMs;
  const name = `dashboard-${crypto.randomUUID().slice(0, 8)}`;
  const body = { name, scopes: ["invoke:*"], expiresAt: new Date(expiresAt).toISOString() };
  const { id, key } = await api.call(createKey, { body, signal });
  return { id, key, expiresAt };
}

/** Revokes the key of this tab, if one was made. */
export async function dropCallKey(): Promise<void> {
  const key = await made?.catch(() => null);
  made = null;
  if (key) await api.call(revokeKey, { params: { id: key.id }, signal: AbortSignal.timeout(10_000) });
}
