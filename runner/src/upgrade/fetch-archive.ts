import { createHash } from "node:crypto";
import { open, rm } from "node:fs/promises";
import { ProblemError } from "@pulse/schema/problem";
import type { SignedBundle } from "@pulse/schema/wire/runner-upgrades";
import { fetchWithin } from "../same-origin.ts";
import { refusal } from "./read-signed.ts";

/** Fetches an archive from its gateway into a file. Throws `invalid_bundle` when it is another one than was signed, and `unavailable` when it does not come. */
export async function fetchArchive(
  gateway: string,
  { file, sha256, bytes }: Pick<SignedBundle, "file" | "sha256" | "bytes">,
  path: string,
  signal: AbortSignal,
): Promise<void> {
  const answer = await fetchWithin(`${gateway}/install/${file}`, { method: "GET", signal });
  if (answer.status !== 200 || answer.body === null) {
    await answer.body?.cancel();
    throw new ProblemError("unavailable", `the gateway answered ${answer.status} for ${file}`);
  }
  const hash = createHash("sha256");
  let seen = 0;
  await rm(path, { force: true });
  const written = await open(path, "wx", 0o600);
  try {
    for await (const part of answer.body) {
      // What undici streams are bytes; its types do not say so.
      const chunk = part as Uint8Array;
      seen += chunk.length;
      if (seen > bytes) break;
      hash.update(chunk);
      await written.write(chunk);
    }
    await written.sync();
  } finally {
    await written.close();
  }
  if (seen === bytes && hash.digest("hex") === sha256) return;
  await rm(path, { force: true });
  throw refusal(
    seen === bytes
      ? `${file} has another checksum than the gateway signed`
      : `${file} has ${seen > bytes ? "more than " : `${seen} bytes, not `}the ${bytes} bytes that the gateway signed`,
  );
}
