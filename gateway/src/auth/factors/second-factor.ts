import { ProblemError } from "@pulse/schema/problem";
import { recoveryCodes, users } from "@pulse/schema/tables";
import { and, eq, isNull, lt, or } from "drizzle-orm";
import { sha256Hex } from "../../http/encoding.ts";
import type { Ports } from "../../ports.ts";
import { createSecretStore } from "../../secrets/store.ts";
import { openSecrets, putSecret } from "../../secrets/vault.ts";
import type { UserRow } from "../store.ts";
import { fromBase32, stepOfCode, toBase32 } from "./totp.ts";

const secretBytes = 20;
const recoveryCount = 10;

const placeOf = (userId: string) => ({ project: "*", kind: "totp" as const, name: userId });

/** Makes a secret for an app for codes. It counts once a code of it was confirmed. Throws `conflict` when there is a second factor already. */
export async function offerSecondFactor(ports: Ports, user: UserRow): Promise<string> {
  if (user.totpSince !== null)
    throw new ProblemError("conflict", "there is a second factor; remove it first");
  const secret = toBase32(new Uint8Array(ports.random(secretBytes)));
  await putSecret(ports, placeOf(user.id), secret);
  return secret;
}

/** Turns the second factor on with a code of the app; returns the recovery codes, the only time they are shown. */
export async function confirmSecondFactor(ports: Ports, user: UserRow, code: string): Promise<string[]> {
  if (user.totpSince !== null) throw new ProblemError("conflict", "there is a second factor already");
  const step = await stepOf(ports, user, code);
  if (step === null) {
    throw new ProblemError("validation_failed", "the code is not right", {
      errors: [{ pointer: "/code", detail: "is not the app's present code" }],
      hint: "The clocks of the gateway and of the phone may be off by half a minute at most.",
    });
  }
  const codes = Array.from({ length: recoveryCount }, () => recoveryCode(ports));
  const digests = await Promise.all(codes.map((one) => digestOf(one)));
  const { orm } = ports.database;
  await orm.batch([
    orm.update(users).set({ totpSince: ports.now(), totpStep: step }).where(eq(users.id, user.id)),
    orm.delete(recoveryCodes).where(eq(recoveryCodes.userId, user.id)),
    orm.insert(recoveryCodes).values(digests.map((digest) => ({ userId: user.id, digest }))),
  ]);
  return codes;
}

/** Removes the second factor with its recovery codes. */
export async function removeSecondFactor(ports: Ports, userId: string): Promise<void> {
  const { orm } = ports.database;
  await orm.batch([
    orm.update(users).set({ totpSince: null, totpStep: null }).where(eq(users.id, userId)),
    orm.delete(recoveryCodes).where(eq(recoveryCodes.userId, userId)),
  ]);
  const { project, kind, name } = placeOf(userId);
  await createSecretStore(ports.database).remove(project, kind, name, ports.now());
}

/** Takes a code of the app, or a recovery code, each once. Throws `invalid_credential`. */
export async function checkSecondFactor(ports: Ports, user: UserRow, typed: string): Promise<void> {
  const code = typed.replace(/[\s-]/g, "");
  const { orm } = ports.database;
  if (/^\d{6}$/.test(code)) {
    const step = await stepOf(ports, user, code);
    // Of two that bring one code at once, one is let in.
    const isNew = or(isNull(users.totpStep), lt(users.totpStep, step ?? 0));
    const taken =
      step === null
        ? []
        : await orm
            .update(users)
            .set({ totpStep: step })
            .where(and(eq(users.id, user.id), isNew))
            .returning({ id: users.id });
    if (taken.length > 0) return;
  } else {
    const which = and(eq(recoveryCodes.userId, user.id), eq(recoveryCodes.digest, await digestOf(code)));
    const used = await orm.delete(recoveryCodes).where(which).returning({ digest: recoveryCodes.digest });
    if (used.length > 0) return;
  }
  throw new ProblemError("invalid_credential", "the code of the second factor is wrong, or was used already");
}

async function stepOf(ports: Ports, user: UserRow, code: string): Promise<number | null> {
  const { project, kind, name } = placeOf(user.id);
  const { values, faults } = await openSecrets(ports, { project, kind, names: [name] });
  const secret = values.get(name)?.value;
  if (secret !== undefined) return stepOfCode(fromBase32(secret), code, ports.now(), user.totpStep);
  const fault = faults.get(name);
  if (fault?.isMissing) return null;
  throw new ProblemError(
    "unavailable",
    "the second factor of this account cannot be read; use a recovery code",
  );
}

/** `xxxxx-xxxxx`, 50 bits. */
function recoveryCode(ports: Pick<Ports, "random">): string {
  const text = toBase32(new Uint8Array(ports.random(7))).toLowerCase();
  return `${text.slice(0, 5)}-${text.slice(5, 10)}`;
}

const digestOf = (code: string) => sha256Hex(code.replace(/[\s-]/g, "").toLowerCase());
