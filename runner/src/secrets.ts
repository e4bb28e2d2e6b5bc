import { ProblemError } from "@pulse/schema/problem";
import { secretsMostBytes, type WantedSecrets, wantedSecrets } from "@pulse/schema/secret";
import type { Job } from "@pulse/schema/wire/job";
import type { WarmOrder } from "@pulse/schema/wire/warm-order";
import { compactDecrypt, importJWK, type JWK } from "jose";
import * as z from "zod";
import { VaultClient, type VaultConfig } from "./vault/vault-client.ts";

/** What comes with secrets: a job, or an order to keep a version warm. */
export type WithSecrets = Pick<Job | WarmOrder, "secrets" | "spec"> & Pick<Job, "secretsFault">;

/** Gives jobs their secrets: those that the gateway sealed to this runner, and those that the runner's own Vault keeps. They stay in memory. */
export class SecretSource {
  readonly #keys: () => readonly JWK[];
  readonly #vault: VaultClient | null;

  /** `keys`: the present private key that secrets are sealed to, then the ones of before. */
  constructor(keys: () => readonly JWK[], vault: VaultConfig | null) {
    this.#keys = keys;
    this.#vault = vault === null ? null : new VaultClient(vault);
  }

  /** The values by the names of their variables. Throws `secret_unavailable`, and `infrastructure` when they are not sealed to this runner. */
  async of({ secrets, secretsFault, spec }: WithSecrets): Promise<Record<string, string>> {
    if (secretsFault !== undefined) throw new ProblemError("secret_unavailable", secretsFault);
    const values = await unseal(secrets, this.#keys());
    const { vault } = wantedSecrets(spec.settings.secrets);
    if (vault.length === 0) return values;
    const all = { ...values, ...(await this.#fromVault(vault)) };
    if (Buffer.byteLength(JSON.stringify(all)) <= secretsMostBytes) return all;
    const detail = `the function's secrets have more than ${secretsMostBytes} bytes together`;
    throw new ProblemError("secret_unavailable", detail);
  }

  async #fromVault(wanted: WantedSecrets["vault"]): Promise<Record<string, string>> {
    const vault = this.#vault;
    if (vault === null) {
      const names = wanted.map(([variable]) => variable).join(", ");
      const detail = `this runner has no Vault to read ${names} from: PULSE_VAULT_ADDR is not set on it`;
      throw new ProblemError("secret_unavailable", detail);
    }
    const read = wanted.map(
      async ([variable, reference]) => [variable, await vault.read(reference)] as const,
    );
    return Object.fromEntries(await Promise.all(read));
  }
}

const opened = z.record(z.string(), z.string());

/**
 * Opens the secrets of a job: a JWE that the gateway sealed to this runner's X25519 key, holding a JSON object of texts. The key of before a
 * rotation opens what was sealed meanwhile. They stay in memory. Throws `infrastructure`, and never with anything of the content.
 */
export async function unseal(sealed: string | null, keys: readonly JWK[]): Promise<Record<string, string>> {
  if (sealed === null) return {};
  for (const key of keys) {
    const algorithms = { keyManagementAlgorithms: ["ECDH-ES", "ECDH-ES+A256KW"] };
    const plain = await compactDecrypt(sealed, await importJWK(key, "ECDH-ES"), algorithms).catch(() => null);
    if (plain === null) continue;
    const text = new TextDecoder().decode(plain.plaintext);
    const parsed = opened.safeParse(jsonOrNull(text));
    if (parsed.success) return parsed.data;
    throw new ProblemError("infrastructure", "the job's secrets are no JSON object of texts");
  }
  throw new ProblemError("infrastructure", "the job's secrets are not sealed to this runner's key");
}

function jsonOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
