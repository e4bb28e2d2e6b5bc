import { ProblemError } from "@pulse/schema/problem";
import type { JWK } from "jose";
import type { Ports } from "../ports.ts";
import { proves, readPublicKeys } from "./keys.ts";
import { createRunnerStore } from "./store.ts";

/** The key of before is good this much longer. */
const overlapMs = 24 * 3_600_000;

/** Replaces a runner's keys; `proof` is signed by the old key over both new ones. Throws `invalid_credential`, `conflict`. */
export async function rotateKeys(
  ports: Ports,
  runnerId: string,
  sent: { signingKey: unknown; sealingKey: unknown; proof: string },
): Promise<void> {
  const store = createRunnerStore(ports.database);
  const row = await store.byId(runnerId);
  if (row === null) throw new ProblemError("invalid_credential", "this runner was deleted");
  const keys = await readPublicKeys(sent.signingKey, sent.sealingKey);
  // The answer of the same rotation may have been lost: these keys stand already.
  if (row.thumbprint === keys.thumbprint) return;
  // The row holds what `readPublicKeys` accepted; the two types differ in optional members only.
  const before = row.signingKey as JWK;
  const members = { keys: { signingKey: keys.signing, sealingKey: keys.sealing } };
  if (!(await proves(sent.proof, before, members))) {
    throw new ProblemError(
      "invalid_credential",
      "the proof is not a signature of the new keys by the present one",
    );
  }
  const rotated = await store.rotate(
    runnerId,
    {
      signingKey: keys.signing,
      sealingKey: keys.sealing,
      thumbprint: keys.thumbprint,
      previousKey: row.signingKey,
      previousUntil: ports.now() + overlapMs,
    },
    row.thumbprint,
  );
  if (!rotated) throw new ProblemError("conflict", "the keys were replaced meanwhile");
}
