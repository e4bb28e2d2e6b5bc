import { ProblemError } from "@pulse/schema/problem";
import { compactDecrypt, importJWK, type JWK } from "jose";
import * as z from "zod";

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
