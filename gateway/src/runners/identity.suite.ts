import { randomBytes } from "node:crypto";
import {
  CompactSign,
  type CryptoKey,
  compactDecrypt,
  exportJWK,
  generateKeyPair,
  type JWK,
  SignJWT,
} from "jose";

/** A runner's keys, made for real, and what it signs with them. */
export class RunnerIdentity {
  readonly signingKey: JWK & { kty: string; crv: string; x: string };
  readonly sealingKey: JWK & { kty: string; crv: string; x: string };
  readonly #private: CryptoKey;
  readonly #sealing: CryptoKey;

  private constructor(
    signingKey: RunnerIdentity["signingKey"],
    sealingKey: RunnerIdentity["sealingKey"],
    keys: { signing: CryptoKey; sealing: CryptoKey },
  ) {
    this.signingKey = signingKey;
    this.sealingKey = sealingKey;
    this.#private = keys.signing;
    this.#sealing = keys.sealing;
  }

  static async make(): Promise<RunnerIdentity> {
    const signing = await generateKeyPair("Ed25519", { extractable: true });
    const sealing = await generateKeyPair("ECDH-ES", { crv: "X25519", extractable: true });
    return new RunnerIdentity(
      publicOf(await exportJWK(signing.publicKey)),
      publicOf(await exportJWK(sealing.publicKey)),
      { signing: signing.privateKey, sealing: sealing.privateKey },
    );
  }

  /** A compact JWS over some members. */
  prove(members: Record<string, unknown>): Promise<string> {
    return new CompactSign(new TextEncoder().encode(JSON.stringify(members)))
      .setProtectedHeader({ alg: "EdDSA" })
      .sign(this.#private);
  }

  /** What was sealed to this runner, as JSON. */
  async opened(sealed: string): Promise<unknown> {
    const { plaintext } = await compactDecrypt(sealed, this.#sealing);
    return JSON.parse(new TextDecoder().decode(plaintext));
  }

  /** The body of an enrolment. */
  async enrolment(token: string, name: string) {
    const { signingKey, sealingKey } = this;
    return { token, name, signingKey, sealingKey, proof: await this.prove({ token, sealingKey }) };
  }

  /** A `private_key_jwt` assertion. */
  assertion(
    runner: string,
    nowMs: number,
    change: { aud?: string; jti?: string; lifeS?: number; sub?: string } = {},
  ): Promise<string> {
    const now = Math.floor(nowMs / 1000);
    return new SignJWT({})
      .setProtectedHeader({ alg: "EdDSA" })
      .setIssuer(runner)
      .setSubject(change.sub ?? runner)
      .setAudience(change.aud ?? "http://localhost:8787/runner/v1/token")
      .setJti(change.jti ?? randomBytes(12).toString("base64url"))
      .setIssuedAt(now)
      .setExpirationTime(now + (change.lifeS ?? 60))
      .sign(this.#private);
  }
}

function publicOf({ kty, crv, x }: JWK): JWK & { kty: string; crv: string; x: string } {
  if (kty === undefined || crv === undefined || x === undefined) throw new Error("not an OKP key");
  return { kty, crv, x };
}
