import { ProblemError } from "@pulse/schema/problem";
import { isLater } from "@pulse/schema/version-order";
import { type SignedBundle, signedBundle } from "@pulse/schema/wire/runner-upgrades";
import { compactVerify, errors, importJWK } from "jose";
import type { BundleKey } from "./bundle-key.ts";

/** What a gateway has signed of an archive, for this machine and for the request with this nonce. Throws `invalid_bundle` with words for what does not fit. */
export async function readSigned(
  signed: string,
  key: BundleKey,
  machine: { platform: string; node: string; nonce: string; version: string; upgrade: string },
): Promise<SignedBundle> {
  const said = signedBundle.safeParse(JSON.parse(await payloadOf(signed, key)));
  if (!said.success) throw refusal("what is signed does not describe an archive of the runner");
  const { platform, node, nonce, version, downgrade } = said.data;
  if (nonce !== machine.nonce)
    throw refusal("what is signed answers another request: somebody sends what the gateway said before");
  if (platform !== machine.platform)
    throw refusal(`what is signed is for ${platform}, and this machine is ${machine.platform}`);
  if (isLater(node, machine.node))
    throw refusal(`Node ${node} or later is needed, and this machine has ${machine.node}`);
  if (isLater(machine.version, version) && downgrade !== machine.upgrade)
    throw refusal(
      `${version} is older than the ${machine.version} that it runs, and the upgrade does not allow that: pulse upgrade runners --allow-downgrade does`,
    );
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

/** Why an archive is not taken, for good. */
export function refusal(detail: string): ProblemError {
  return new ProblemError("invalid_bundle", detail);
}
