import { createHash } from "node:crypto";
import { contentDigestOf } from "@pulse/schema/crc32c";
import { expect, test } from "vitest";
import { checkContentDigest } from "./content-digest.ts";

const body = new TextEncoder().encode('{"outcomes":[]}');
const sha256 = `sha-256=:${createHash("sha256").update(body).digest("base64")}:`;
const check = (digest: string | null, bytes = body) =>
  checkContentDigest(new Headers(digest === null ? {} : { "content-digest": digest }), bytes);

test.each([
  ["none", null],
  ["its CRC-32C", contentDigestOf(body)],
  ["its SHA-256", sha256],
  ["both", `${sha256}, ${contentDigestOf(body)}`],
  ["one that is not known here", "sha-512=:AAAA:"],
])("a body with %s is taken", async (_, digest) => {
  await expect(check(digest)).resolves.toBeUndefined();
});

test.each([
  ["CRC-32C", contentDigestOf(body)],
  ["SHA-256", sha256],
  ["second digest", `sha-512=:AAAA:, ${contentDigestOf(body)}`],
])("a body of which a bit is another is refused by its %s", async (_, digest) => {
  for (const at of [0, 7, body.length - 1]) {
    const damaged = body.slice();
    damaged[at] = (damaged[at] ?? 0) ^ 1;
    await expect(check(digest, damaged)).rejects.toMatchObject({ code: "digest_mismatch" });
  }
});
