import { ProblemError } from "@pulse/schema/problem";
import { calculateJwkThumbprint, compactVerify, errors, importJWK, type JWK } from "jose";
import * as z from "zod";

const x25519 = z.object({ kty: z.literal("OKP"), crv: z.literal("X25519"), x: z.string().length(43) });
const ed25519 = z.object({ kty: z.literal("OKP"), crv: z.literal("Ed25519"), x: z.string().length(43) });

/** A runner's public keys, reduced to their public members. */
export interface PublicKeys {
  signing: JWK & { kty: string };
  sealing: JWK & { kty: string };
  /** RFC 7638, of the signing key. */
  thumbprint: string;
}

function read<T>(schema: z.ZodType<T>, jwk: unknown, pointer: string, curve: string): T {
  const parsed = schema.safeParse(jwk);
  if (parsed.success) return parsed.data;
  const detail = `must be a public JWK of kty "OKP" and crv "${curve}"`;
  throw new ProblemError("validation_failed", `${pointer} ${detail}`, { errors: [{ pointer, detail }] });
}

/** Checks a runner's two public keys; throws `validation_failed`. */
export async function readPublicKeys(signingKey: unknown, sealingKey: unknown): Promise<PublicKeys> {
  const signing = read(ed25519, signingKey, "/signingKey", "Ed25519");
  const sealing = read(x25519, sealingKey, "/sealingKey", "X25519");
  return { signing, sealing, thumbprint: await calculateJwkThumbprint(signing) };
}

/** The verified payload of a compact JWS that this Ed25519 key signed, or null. */
export async function signedPayload(jws: string, key: JWK): Promise<unknown> {
  try {
    const { payload } = await compactVerify(jws, await importJWK(key, "EdDSA"), {
      algorithms: ["EdDSA", "Ed25519"],
    });
    return JSON.parse(new TextDecoder().decode(payload));
  } catch (cause) {
    if (cause instanceof errors.JOSEError || cause instanceof SyntaxError || cause instanceof TypeError)
      return null;
    throw cause;
  }
}

/** Whether a proof, signed by `key`, names exactly these members: texts as they are, keys by thumbprint. */
export async function proves(
  proof: string,
  key: JWK,
  members: { texts?: Record<string, string>; keys: Record<string, JWK> },
): Promise<boolean> {
  const payload = z.record(z.string(), z.unknown()).safeParse(await signedPayload(proof, key));
  if (!payload.success) return false;
  for (const [name, text] of Object.entries(members.texts ?? {})) {
    if (payload.data[name] !== text) return false;
  }
  for (const [name, expected] of Object.entries(members.keys)) {
    const seen = z
      .looseObject({ kty: z.string(), crv: z.string(), x: z.string() })
      .safeParse(payload.data[name]);
    if (!seen.success) return false;
    if ((await calculateJwkThumbprint(seen.data)) !== (await calculateJwkThumbprint(expected))) return false;
  }
  return true;
}
