import { createHash, randomBytes } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { gunzipSync, gzipSync } from "node:zlib";
import { createClient } from "@libsql/client";
import { ProblemError } from "@pulse/schema/problem";
import { transitions } from "@pulse/schema/transitions";
import { drizzle } from "drizzle-orm/libsql";
import { type Core, createCore } from "../core.ts";
import { FakeClock } from "../dispatch/world.suite.ts";
import { finishBuild } from "../functions/build.ts";
import type { Deps } from "../http/context.ts";
import type { Ports } from "../ports.ts";
import { createDirectory } from "./presence.ts";

/** The gateway's parts over a fresh in-memory database: the real core, the real runner directory, a clock that a test moves. */
export interface Parts {
  clock: FakeClock;
  ports: Ports;
  core: Core;
  deps: Deps;
  /** What was logged as an error or rejected in the background. */
  problems: unknown[];
  close(): void;
}

const publicUrl = "http://localhost:8787";

/** No test may see an execution change its state in a way that the vocabulary does not know. */
const onlyKnownTransitions = `CREATE TRIGGER known_transitions BEFORE UPDATE OF status ON executions
  WHEN NEW.status <> OLD.status AND OLD.status || ' ' || NEW.status NOT IN
    (${transitions.map(({ from, to }) => `'${from} ${to}'`).join(", ")})
  BEGIN SELECT RAISE(ABORT, 'an execution changed its state in an unknown way'); END;`;

/** Makes the parts. */
export async function makeParts(): Promise<Parts> {
  const clock = new FakeClock();
  const client = createClient({ url: "file::memory:" });
  const folder = new URL("../../../schema/migrations/", import.meta.url);
  for (const file of readdirSync(folder).filter((name) => name.endsWith(".sql"))) {
    await client.executeMultiple(readFileSync(new URL(file, folder), "utf8"));
  }
  await client.executeMultiple(onlyKnownTransitions);
  const problems: unknown[] = [];
  const blobs = new Map<string, Uint8Array<ArrayBuffer>>();
  const ports: Ports = {
    now: clock.now,
    timer: clock.timer,
    random: (bytes) => randomBytes(bytes),
    soon: (callback) => void setImmediate(callback),
    background: (work) => void work.catch((error) => problems.push(error)),
    gzip: async (bytes) => gzipSync(bytes),
    gunzip: async (bytes, most) => gunzipSync(bytes, { maxOutputLength: most }),
    database: { client, orm: drizzle(client, { casing: "snake_case" }) },
    blobs: {
      async put(sha256, content) {
        // A copy, for the bytes of a request belong to it.
        const bytes = new Uint8Array(await new Response(content as BodyInit).arrayBuffer());
        if (createHash("sha256").update(bytes).digest("hex") !== sha256) {
          throw new ProblemError("invalid_bundle", "the content has another digest");
        }
        blobs.set(sha256, bytes);
        return bytes.length;
      },
      async get(sha256) {
        const bytes = blobs.get(sha256);
        return bytes === undefined ? null : { bytes: bytes.length, body: new Blob([bytes]).stream() };
      },
    },
    log: { info: () => undefined, warn: () => undefined, error: (_message, cause) => problems.push(cause) },
  };
  const core = createCore({
    ports,
    directory: createDirectory(ports),
    onBuildEnded: ({ execution }) => finishBuild(ports, execution),
  });
  await core.start();
  return {
    clock,
    ports,
    core,
    deps: { ports, hub: core.hub, config: { publicUrl, functionsUrl: null, version: "0.0.0" } },
    problems,
    close() {
      core.stop();
      client.close();
    },
  };
}

/** The code of the problem that a promise rejects with; "none" when it does not. */
export async function problemCodeOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
    return "none";
  } catch (error) {
    if (error instanceof ProblemError) return error.code;
    throw error;
  }
}
