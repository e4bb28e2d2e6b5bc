import { ProblemError } from "@pulse/schema/problem";
import type { Ports } from "../ports.ts";
import { createContentStore } from "./content-store.ts";

/** Built dependencies may have this many bytes. */
const bundleMostBytes = 2 ** 30;

/** A bundle or built dependencies of the runner's project; `not_found` for content that nothing of the project names. */
export async function readBundle(
  ports: Ports,
  runner: { id: string; project: string },
  sha256: string,
  ifNoneMatch: string | null,
): Promise<Response> {
  const named = await createContentStore(ports.database).isNamed(runner.project, sha256, runner.id);
  if (!named) throw missing(sha256);
  const etag = `"${sha256}"`;
  const headers = { etag, "cache-control": "private, max-age=31536000, immutable" };
  if (ifNoneMatch === etag) return new Response(null, { status: 304, headers });
  const content = await ports.blobs.get(sha256);
  if (content === null) throw missing(sha256);
  return new Response(content.body, {
    headers: { ...headers, "content-type": "application/gzip", "content-length": String(content.bytes) },
  });
}

/** The content that a build key stands for in the runner's project. Throws `not_found`. */
export async function readBuild(
  ports: Ports,
  runner: { id: string; project: string },
  buildKey: string,
): Promise<{ contentSha256: string }> {
  const found = await createContentStore(ports.database).built(runner.project, buildKey, runner.id);
  if (found === null) throw new ProblemError("not_found", `nothing was built under ${buildKey}`);
  return { contentSha256: found };
}

/** Stores what a runner built for its project; throws `invalid_bundle` when it is other content, and `payload_too_large`. */
export async function storeBundle(
  ports: Ports,
  project: string,
  sha256: string,
  body: ReadableStream<Uint8Array> | null,
): Promise<void> {
  const content = body === null ? new Uint8Array() : body.pipeThrough(atMost(bundleMostBytes));
  const bytes = await ports.blobs.put(sha256, content);
  await createContentStore(ports.database).add(project, sha256, bytes, ports.now());
}

function atMost(most: number): TransformStream<Uint8Array, Uint8Array> {
  let size = 0;
  return new TransformStream({
    transform(chunk, controller) {
      size += chunk.length;
      if (size > most) {
        throw new ProblemError("payload_too_large", `built dependencies may have ${most} bytes at most`);
      }
      controller.enqueue(chunk);
    },
  });
}

function missing(sha256: string): ProblemError {
  return new ProblemError("not_found", `no content ${sha256} belongs to this project`);
}
