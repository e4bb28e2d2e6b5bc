import { secretsMostBytes, wantedSecrets } from "@pulse/schema/secret";
import type { Job } from "@pulse/schema/wire/job";
import type { WarmOrder } from "@pulse/schema/wire/warm-order";
import { CompactEncrypt, importJWK, type JWK } from "jose";
import { type Opened, openSecrets, type VaultPorts } from "./vault.ts";

/** What is handed to a runner and names secrets. */
type Handed = Pick<Job | WarmOrder, "project" | "secrets" | "spec"> & { secretsFault?: string | undefined };

const nothingWanted = (one: Handed) => wantedSecrets(one.spec.settings.secrets).stored.length === 0;

/**
 * Puts into jobs, or orders to keep versions warm, the secrets that each of them names, sealed to the key of the runner that they leave for: a JWE by
 * ECDH-ES and A256GCM. It is done as they leave, so that secrets are in no row and no hub. Where one is missing or does not open, the job says so instead.
 */
export async function sealSecrets<T extends Handed>(
  ports: VaultPorts,
  handed: readonly T[],
  sealingKey: () => Promise<JWK | null>,
): Promise<T[]> {
  if (handed.every(nothingWanted)) return [...handed];
  const opened = new Map<string, Opened>();
  for (const [project, some] of Map.groupBy(handed, (one) => one.project)) {
    const names = some.flatMap((one) =>
      wantedSecrets(one.spec.settings.secrets).stored.map(([, name]) => name),
    );
    opened.set(project, await openSecrets(ports, { project, kind: "user", names: [...new Set(names)] }));
  }
  const key = await sealingKey();
  return Promise.all(
    handed.map(async (one) => {
      const found = opened.get(one.project);
      if (nothingWanted(one) || found === undefined) return one;
      const given = valuesOf(one, found);
      if ("fault" in given) return { ...one, secretsFault: given.fault };
      if (key === null) return { ...one, secretsFault: "the runner has no key to seal secrets to" };
      return { ...one, secrets: await sealTo(key, given.values) };
    }),
  );
}

function valuesOf(one: Handed, found: Opened): { values: Record<string, string> } | { fault: string } {
  const values: Record<string, string> = {};
  const faults = new Set<string>();
  for (const [variable, name] of wantedSecrets(one.spec.settings.secrets).stored) {
    const value = found.values.get(name)?.value;
    if (value === undefined) faults.add(found.faults.get(name)?.detail ?? `the secret ${name} is not there`);
    else values[variable] = value;
  }
  if (faults.size > 0) return { fault: [...faults].join("; ") };
  if (new TextEncoder().encode(JSON.stringify(values)).length <= secretsMostBytes) return { values };
  return { fault: `the function's secrets have more than ${secretsMostBytes} bytes together` };
}

async function sealTo(key: JWK, values: Record<string, string>): Promise<string> {
  return await new CompactEncrypt(new TextEncoder().encode(JSON.stringify(values)))
    .setProtectedHeader({ alg: "ECDH-ES", enc: "A256GCM" })
    .encrypt(await importJWK(key, "ECDH-ES"));
}
