import { createHash, randomBytes } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { gunzipSync, gzipSync } from "node:zlib";
import { createClient } from "@libsql/client";
import { ProblemError } from "@pulse/schema/problem";
import { transitions } from "@pulse/schema/transitions";
import { drizzle } from "drizzle-orm/libsql";
import { nodeOutbound } from "../platform/node/outbound.ts";
import { boundedScrypt } from "../platform/node/scrypt.ts";
import type { Ports } from "../ports.ts";

/** No test may see an execution change its state in a way that the vocabulary does not know. */
const onlyKnownTransitions = `CREATE TRIGGER known_transitions BEFORE UPDATE OF status ON executions
  WHEN NEW.status <> OLD.status AND OLD.status || ' ' || NEW.status NOT IN
    (${transitions.map(({ from, to }) => `'${from} ${to}'`).join(", ")})
  BEGIN SELECT RAISE(ABORT, 'an execution changed its state in an unknown way'); END;`;

/** Ports over a fresh database in memory and a clock that the test moves; `problems` takes what was logged as an error or rejected in the background. */
export async function makeMemoryPorts(
  clock: Pick<Ports, "now" | "timer">,
  problems: unknown[],
): Promise<Ports> {
  const client = createClient({ url: "file::memory:" });
  const folder = new URL("../../../schema/migrations/", import.meta.url);
  for (const file of readdirSync(folder).filter((name) => name.endsWith(".sql"))) {
    await client.executeMultiple(readFileSync(new URL(file, folder), "utf8"));
  }
  await client.executeMultiple(onlyKnownTransitions);
  const masterKey = { id: "mk_test", bytes: new Uint8Array(randomBytes(32)) };
  return {
    now: clock.now,
    timer: clock.timer,
    random: (bytes) => randomBytes(bytes),
    soon: (callback) => void setImmediate(callback),
    background: (work) => void work.catch((error) => problems.push(error)),
    scrypt: boundedScrypt(),
    gzip: async (bytes) => gzipSync(bytes),
    gunzip: async (bytes, most) => gunzipSync(bytes, { maxOutputLength: most }),
    database: { client, orm: drizzle(client, { casing: "snake_case" }) },
    blobs: memoryBlobs(clock.now),
    outbound: nodeOutbound({ allowed: [], ports: [] }),
    masterKeys: { known: async () => [masterKey] },
    log: { info: () => undefined, warn: () => undefined, error: (_message, cause) => problems.push(cause) },
  };
}

function memoryBlobs(now: () => number): Ports["blobs"] {
  const blobs = new Map<string, Uint8Array<ArrayBuffer>>();
  const storedAt = new Map<string, number>();
  return {
    async put(sha256, content) {
      // A copy, for the bytes of a request belong to it.
      const bytes = new Uint8Array(await new Response(content as BodyInit).arrayBuffer());
      if (createHash("sha256").update(bytes).digest("hex") !== sha256) {
        throw new ProblemError("invalid_bundle", "the content has another digest");
      }
      blobs.set(sha256, bytes);
      storedAt.set(sha256, now());
      return bytes.length;
    },
    async get(sha256) {
      const bytes = blobs.get(sha256);
      return bytes === undefined ? null : { bytes: bytes.length, body: new Blob([bytes]).stream() };
    },
    async list(after, limit) {
      return [...blobs.keys()]
        .sort()
        .filter((sha256) => after === null || sha256 > after)
        .slice(0, limit);
    },
    async delete(sha256, storedBefore) {
      return (storedAt.get(sha256) ?? 0) < storedBefore && blobs.delete(sha256);
    },
  };
}
