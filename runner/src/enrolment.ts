import { createClient } from "@pulse/schema/client";
import { ProblemError } from "@pulse/schema/problem";
import * as wire from "@pulse/schema/wire/runner-protocol";
import { persist } from "./backoff.ts";
import type { RunnerConfig } from "./config.ts";
import { type Identity, loadIdentity, pendingKeys, proofOf, publicOf, saveIdentity } from "./identity.ts";
import { pinBundleKey } from "./upgrade/bundle-key.ts";

/** Enrols on the first start; afterwards the keys in the state folder say who this is. Throws `ProblemError`. */
export async function enrol(
  config: RunnerConfig,
  warn: (line: string) => void,
  signal: AbortSignal,
): Promise<Identity> {
  const known = loadIdentity(config.stateDir);
  if (known !== null && (known.gateway === config.gateway || config.enrolmentToken === null)) {
    return { ...known, gateway: config.gateway };
  }
  const token = config.enrolmentToken;
  if (token === null) {
    throw new ProblemError(
      "validation_failed",
      "this runner is not enrolled: set PULSE_ENROLMENT_TOKEN or --token-file",
    );
  }
  const keys = await pendingKeys(config.stateDir);
  const client = createClient({ baseUrl: config.gateway });
  const body = {
    token,
    name: config.name,
    signingKey: publicOf(keys.signingKey),
    sealingKey: publicOf(keys.sealingKey),
    proof: await proofOf(keys, token),
  };
  const headers = { "pulse-protocol": String(wire.protocolVersion) };
  const ask = () => client.call(wire.enroll, { body, headers, signal });
  const answer = await persist(ask, (error) => warn(`not enrolled yet: ${String(error)}`), signal);
  const { runner, name, config: numbers } = answer;
  const tokenUrl = typeof numbers.tokenUrl === "string" ? numbers.tokenUrl : null;
  const identity = { ...keys, runner, name, gateway: config.gateway, tokenUrl, keysMadeAt: Date.now() };
  saveIdentity(config.stateDir, identity);
  pinBundleKey(config.stateDir, config.gateway, numbers.bundleKey, "anew");
  return identity;
}
