import { CompactEncrypt, importJWK } from "jose";
import { expect, test } from "vitest";
import { makeKeys, publicOf } from "./identity.ts";
import { unseal } from "./secrets.ts";

const [now, before, other] = await Promise.all([makeKeys(), makeKeys(), makeKeys()]);
const keys = [now.sealingKey, before.sealingKey];

async function sealedTo(to: { sealingKey: object }, content: string): Promise<string> {
  const key = await importJWK(publicOf(to.sealingKey as never), "ECDH-ES");
  return new CompactEncrypt(new TextEncoder().encode(content))
    .setProtectedHeader({ alg: "ECDH-ES", enc: "A256GCM" })
    .encrypt(key);
}

test("secrets sealed to the present key open, and those sealed to the key of before", async () => {
  expect(await unseal(await sealedTo(now, '{"TOKEN":"s3"}'), keys)).toEqual({ TOKEN: "s3" });
  expect(await unseal(await sealedTo(before, '{"TOKEN":"s3"}'), keys)).toEqual({ TOKEN: "s3" });
  expect(await unseal(null, keys)).toEqual({});
});

test.each([
  ["sealed to another runner", () => sealedTo(other, '{"TOKEN":"s3cret"}')],
  ["that are no texts", () => sealedTo(now, '{"TOKEN":{"s3cret":1}}')],
  ["that are no JSON", () => sealedTo(now, "s3cret")],
  ["that are no JWE", async () => "s3cret"],
])("secrets %s are refused, and the error shows nothing of them", async (_name, sealed) => {
  const error: Error = await unseal(await sealed(), keys).then(
    () => new Error("opened"),
    (refused: Error) => refused,
  );
  expect(error).toMatchObject({ code: "infrastructure" });
  expect(error.message + error.stack).not.toContain("s3cret");
});
