import { ProblemError } from "@pulse/schema/problem";
import { type SignedBundle, signedBundle } from "@pulse/schema/wire/runner-upgrades";
import { compactVerify, errors, importJWK } from "jose";
import type { BundleKey } from "./bundle-key.ts";

/** What a gateway has signed of an archive, for this machine and for the request with this nonce. Throws `invalid_bundle` with words for what does not fit. */
export async function readSigned(
  signed: string,
  key: BundleKey,
  machine: { platform: string; node: string; nonce: string },
): Promise<SignedBundle> {
  const said = signedBundle.safeParse(JSON.parse(await payloadOf(signed, key)));
  if (!said.success) throw refusal("what is signed does not describe an archive of the runner");
  const { platform, node, nonce } = said.data;
  if (nonce !== machine.nonce)
    throw refusal("what is signed answers another request: somebody sends what the gateway said before");
  if (platform !== machine.platform)
    throw refusal(`what is signed is for ${platform}, and this machine is ${machine.platform}`);
  if (isOlder(machine.node, node))
    throw refusal(`Node ${node} or later is needed, and this machine has ${machine.node}`);
  return said.data;
}

async function payloadOf(signed: string, key: BundleKey): Promise<string> {
  try {
    const { payload } = await compactVerify(signed, await importJWK(key, "EdDSA"), {
      algorithms: ["EdDSA", "Ed25519"],
    });
    return new TextDecoder().decode(payload);
  } catch (cause) {
    if (!(cause instanceof errors.JOSEError)) throw cause;
    throw refusal(
      "the archive is not signed by the key that this runner has kept of its gateway: somebody else answers in its place, or its database is another one",
    );
  }
}

function isOlder(has: string, least: string): boolean {
  const [ours, theirs] = [has, least].map((one) => one.split(".").map(Number));
  for (const at of [0, 1, 2]) {
    const difference = (ours?.[at] ?? 0) - (theirs?.[at] ?? 0);
    if (difference !== 0) return difference < 0;
  }
  return false;
}

/** Why an archive is not taken, for good. */
export function refusal(detail: string): ProblemError {
  return new ProblemError("invalid_bundle", detail);
}
