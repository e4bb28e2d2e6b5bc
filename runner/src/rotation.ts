import { setTimeout as sleep } from "node:timers/promises";
import { rotateKeys } from "@pulse/schema/wire/runner-protocol";
import type { GatewayLink } from "./gateway.ts";
import {
  hasPendingKeys,
  type Identity,
  pendingKeys,
  publicOf,
  rotationProof,
  saveIdentity,
} from "./identity.ts";

const keysLastMs = 90 * 24 * 3_600_000;
const lookedAtEveryMs = 6 * 3_600_000;

/** Whether the keys are older than 90 days, or a rotation was begun whose answer never came. */
export function rotationIsDue(stateDir: string, identity: Identity, now: number): boolean {
  return now - identity.keysMadeAt > keysLastMs || hasPendingKeys(stateDir);
}

/**
 * Replaces the keys of a runner. The new ones are on disk before they are sent, and the old ones work 24 h longer, so a rotation that breaks
 * off anywhere is made again by the next one. Resolves to the new identity. Throws `ProblemError`.
 */
export async function rotate(
  stateDir: string,
  identity: Identity,
  link: GatewayLink,
  signal: AbortSignal,
): Promise<Identity> {
  const keys = await pendingKeys(stateDir);
  const body = {
    signingKey: publicOf(keys.signingKey),
    sealingKey: publicOf(keys.sealingKey),
    proof: await rotationProof(identity.signingKey, keys),
  };
  await link.call(rotateKeys, { body, signal });
  const next = { ...identity, ...keys, keysMadeAt: Date.now() };
  saveIdentity(stateDir, next);
  link.identity = next;
  return next;
}

/** Looks a few times a day whether the keys are due to be replaced, and replaces them; what fails is tried again by the next look. */
export async function keepKeysYoung(options: {
  stateDir: string;
  link: GatewayLink;
  identity: Identity;
  onReplaced: (identity: Identity) => void;
  say: (line: string) => void;
  signal: AbortSignal;
}): Promise<void> {
  const { stateDir, link, onReplaced, say, signal } = options;
  let { identity } = options;
  while (!signal.aborted) {
    if (rotationIsDue(stateDir, identity, Date.now())) {
      try {
        identity = await rotate(stateDir, identity, link, signal);
        onReplaced(identity);
        say("this runner's keys were replaced");
      } catch (error) {
        if (!signal.aborted) say(`this runner's keys could not be replaced: ${String(error)}`);
      }
    }
    await sleep(lookedAtEveryMs, undefined, { signal, ref: false }).catch(() => undefined);
  }
}
