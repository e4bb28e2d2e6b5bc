import { ProblemError } from "@pulse/schema/problem";
import type { Deps, Principal } from "../../http/context.ts";
import { sha256Hex } from "../../http/encoding.ts";
import { createKeyRing, randomText } from "../keys.ts";
import { createPeopleStore } from "../people/store.ts";
import { timeOrNull } from "../people/view.ts";
import { principalOfPerson } from "../principals.ts";
import type { KeyRow } from "../store.ts";
import { createDeviceStore, type DeviceRow } from "./store.ts";

/** RFC 8628, 6.1: letters that make no words and are not mistaken for others. */
const letters = "BCDFGHJKLMNPQRSTVWXZ";
const goodForMs = 10 * 60_000;
const intervalMs = 5000;
const slowerMs = 5000;
const keyMs = 90 * 86_400_000;
const nameTries = 50;
/** Anybody may begin; nobody fills the database with it. */
const waitingMost = 1000;

/** Begins to sign a machine in; returns what it is told. Throws `rate_limited` while very many wait. */
export async function beginDeviceLogin({ ports, config }: Deps, machine: string, address: string | null) {
  const store = createDeviceStore(ports.database);
  const now = ports.now();
  await store.forget(now);
  if ((await store.count()) >= waitingMost) {
    throw new ProblemError("rate_limited", "too many machines wait to be let in", { retryAfter: 60 });
  }
  for (;;) {
    const deviceCode = randomText(ports, 43);
    const userCode = makeUserCode(ports.random);
    const row: DeviceRow = {
      digest: await sha256Hex(deviceCode),
      userCode,
      machine,
      address,
      status: "pending",
      userId: null,
      project: null,
      intervalMs,
      polledAt: null,
      createdAt: now,
      expiresAt: now + goodForMs,
    };
    if (!(await store.insert(row))) continue;
    const shown = `${userCode.slice(0, 4)}-${userCode.slice(4)}`;
    return {
      device_code: deviceCode,
      user_code: shown,
      verification_uri: `${config.publicUrl}/device`,
      verification_uri_complete: `${config.publicUrl}/device#${shown}`,
      expires_in: goodForMs / 1000,
      interval: intervalMs / 1000,
    };
  }
}

/** A machine that waits with this code, however it is typed. Throws `not_found`. */
export async function waitingDevice({ ports }: Deps, typed: string): Promise<DeviceRow> {
  const code = typed.toUpperCase().replace(/[^A-Z]/g, "");
  const row = await createDeviceStore(ports.database).pending(code, ports.now());
  if (row === null)
    throw new ProblemError("not_found", "no machine waits with this code; it may have expired");
  return row;
}

/** A person lets a machine in, or turns it away. Throws `forbidden` for keys, `not_found`. */
export async function answerDevice(
  deps: Deps,
  by: Principal,
  typed: string,
  approve: boolean,
): Promise<void> {
  if (by.kind !== "user") throw new ProblemError("forbidden", "a person who is signed in must say this");
  const row = await waitingDevice(deps, typed);
  const answer = approve
    ? { status: "approved" as const, userId: by.id, project: by.project }
    : { status: "denied" as const, userId: by.id, project: null };
  if (!(await createDeviceStore(deps.ports.database).answer(row.digest, answer))) {
    throw new ProblemError("not_found", "the machine was answered already");
  }
}

/**
 * The machine's question: its key once a person let it in. Throws `authorization_pending`, `slow_down`, `access_denied`, `expired_token`, as RFC 8628
 * names them.
 */
export async function takeKey({ ports }: Deps, deviceCode: string) {
  const store = createDeviceStore(ports.database);
  const digest = await sha256Hex(deviceCode);
  const now = ports.now();
  const row = await store.byDigest(digest);
  if (row === null || row.expiresAt <= now) {
    throw new ProblemError("expired_token", "this device code is not known, was used, or has expired");
  }
  const isEarly = row.polledAt !== null && now - row.polledAt < row.intervalMs;
  if (row.status === "pending") await store.polled(digest, now, isEarly ? slowerMs : 0);
  if (row.status === "pending" && isEarly) {
    const retryAfter = (row.intervalMs + slowerMs) / 1000;
    throw new ProblemError("slow_down", `ask at most every ${retryAfter} s`, { retryAfter });
  }
  if (row.status === "pending") throw new ProblemError("authorization_pending", "nobody has answered yet");
  if (!(await store.take(digest))) throw new ProblemError("expired_token", "this device code was used");
  const person = row.userId === null ? null : await createPeopleStore(ports.database).byId(row.userId);
  const project = row.project ?? "";
  const principal =
    person === null ? null : principalOfPerson(person, project, { id: null, expiresAt: now + keyMs });
  const isOut = person === null || person.user.disabledAt !== null || principal?.scopes.length === 0;
  if (row.status === "denied" || principal === null || isOut) {
    throw new ProblemError("access_denied", "this machine was not let in");
  }
  const { row: kept, key } = await nameIt(row.machine, (name) =>
    createKeyRing(ports).create(project, {
      name,
      scopes: [...principal.scopes],
      expiresAt: now + keyMs,
      ownerId: principal.id,
      createdBy: `user:${principal.name}`,
    }),
  );
  return { key, name: kept.name, project, scopes: kept.scopes, expiresAt: timeOrNull(kept.expiresAt) };
}

/** Makes a key under the machine's name, or the next one that is free. */
async function nameIt(
  machine: string,
  make: (name: string) => Promise<{ row: KeyRow; key: string }>,
): Promise<{ row: KeyRow; key: string }> {
  const plain = machine.toLowerCase().replace(/[^a-z0-9_-]+/g, "-");
  const name = plain.slice(0, 58).replace(/^[-_]+|[-_]+$/g, "") || "machine";
  for (let count = 1; ; count++) {
    try {
      return await make(count === 1 ? name : `${name}-${count}`);
    } catch (error) {
      const isTaken = error instanceof ProblemError && error.code === "name_taken";
      if (!isTaken || count >= nameTries) throw error;
    }
  }
}

function makeUserCode(random: (bytes: number) => Uint8Array): string {
  let code = "";
  while (code.length < 8) {
    for (const byte of random(16)) {
      if (byte < 240 && code.length < 8) code += letters.charAt(byte % letters.length);
    }
  }
  return code;
}
