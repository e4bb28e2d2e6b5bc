import * as z from "zod";
import { endpoint } from "../endpoint.ts";

/** A public key of a runner (RFC 8037). */
export const publicJwk = z.looseObject({ kty: z.string(), crv: z.string(), x: z.string() });

export const rotateKeys = endpoint({
  method: "POST",
  path: "/runner/v1/keys",
  tag: "runner protocol",
  summary:
    "Replace the runner's keys; `proof` is a compact JWS by the old key over {signingKey, sealingKey}. The old one works 24 h longer",
  scope: "runner",
  audit: { action: "runner.rotate_keys" },
  body: z.object({ signingKey: publicJwk, sealingKey: publicJwk, proof: z.string() }),
  statuses: [204],
});
