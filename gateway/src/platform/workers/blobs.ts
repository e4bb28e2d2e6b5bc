import type { Client } from "@libsql/client/web";
import { ProblemError } from "@pulse/schema/problem";
import type { Blobs } from "../../ports.ts";
import type { Bucket, UploadedPart } from "./bindings.ts";
import { piecesOf } from "./pieces.ts";

const partBytes = 8 * 2 ** 20;
const rowBytes = 2 ** 20;
const rowsMostBytes = 10 * 2 ** 20;

/** Takes the sha256 of what is written to it. */
interface Digesting {
  update(chunk: Uint8Array): Promise<void>;
  hex(): Promise<string>;
}

/** Uses the runtime's own DigestStream: WebCrypto alone can only digest what is in memory as a whole. */
function digesting(): Digesting {
  const { DigestStream: Stream } = crypto as unknown as {
    DigestStream?: new (algorithm: string) => WritableStream<Uint8Array> & { digest: Promise<ArrayBuffer> };
  };
  if (Stream === undefined) return digestingInMemory();
  const stream = new Stream("SHA-256");
  const writer = stream.getWriter();
  return {
    update: (chunk) => writer.write(chunk),
    async hex() {
      await writer.close();
      return new Uint8Array(await stream.digest).toHex();
    },
  };
}

/** For runtimes without a DigestStream: there, content goes in rows, which have a limit. */
function digestingInMemory(): Digesting {
  const chunks: Uint8Array[] = [];
  return {
    async update(chunk) {
      chunks.push(chunk.slice());
    },
    async hex() {
      const whole = await new Blob(chunks as Uint8Array<ArrayBuffer>[]).arrayBuffer();
      return new Uint8Array(await crypto.subtle.digest("SHA-256", whole)).toHex();
    },
  };
}

function refuseOther(seen: string, sha256: string): void {
  if (seen === sha256) return;
  throw new ProblemError("invalid_bundle", `the content hashes to ${seen}, not to ${sha256}`);
}

/** Content in R2, under its digest. A large one goes in parts of 8 MiB and appears only when it is whole and its digest right. */
export function bucketBlobs(bucket: Bucket): Blobs {
  const keyOf = (sha256: string) => `blobs/${sha256}`;
  return {
    async put(sha256, content) {
      const digest = digesting();
      const pieces = piecesOf(content, partBytes);
      const first = await pieces.next();
      const head = first.done ? new Uint8Array() : first.value;
      await digest.update(head);
      if (head.length < partBytes) {
        refuseOther(await digest.hex(), sha256);
        await bucket.put(keyOf(sha256), head);
        return head.length;
      }
      const upload = await bucket.createMultipartUpload(keyOf(sha256));
      try {
        const parts: UploadedPart[] = [await upload.uploadPart(1, head)];
        let bytes = head.length;
        for await (const piece of pieces) {
          await digest.update(piece);
          parts.push(await upload.uploadPart(parts.length + 1, piece));
          bytes += piece.length;
        }
        refuseOther(await digest.hex(), sha256);
        await upload.complete(parts);
        return bytes;
      } catch (error) {
        await upload.abort();
        throw error;
      }
    },
    async get(sha256) {
      const found = await bucket.get(keyOf(sha256));
      return found === null ? null : { bytes: found.size, body: found.body };
    },
    async list(after, limit) {
      const startAfter = after === null ? {} : { startAfter: keyOf(after) };
      const { objects } = await bucket.list({
        prefix: keyOf(""),
        limit: Math.min(limit, 1000),
        ...startAfter,
      });
      return objects.map(({ key }) => key.slice(keyOf("").length));
    },
    async delete(sha256, storedBefore) {
      const found = await bucket.head(keyOf(sha256));
      if (found === null || found.uploaded.getTime() >= storedBefore) return false;
      // A bucket deletes on no condition. Content that is stored in this very moment had been unnamed for a day: its deploy is told by the first call, and made again.
      await bucket.delete(keyOf(sha256));
      return true;
    },
  };
}

/** Content in rows of 1 MiB, where no bucket is bound: up to 10 MiB, for code and small dependencies. */
export function rowBlobs(client: Client): Blobs {
  return {
    async put(sha256, content) {
      const digest = digesting();
      const pieces: Uint8Array<ArrayBuffer>[] = [];
      let bytes = 0;
      for await (const piece of piecesOf(content, rowBytes)) {
        bytes += piece.length;
        if (bytes > rowsMostBytes) {
          throw new ProblemError("payload_too_large", "without an R2 bucket, content has at most 10 MiB");
        }
        await digest.update(piece);
        pieces.push(piece);
      }
      refuseOther(await digest.hex(), sha256);
      const sql = `INSERT INTO blob_parts (sha256, part, parts, bytes, stored_at, body) VALUES (?, ?, ?, ?, ?, ?)
        ON CONFLICT DO UPDATE SET stored_at = excluded.stored_at`;
      const rows = pieces.length === 0 ? [new Uint8Array()] : pieces;
      // One row a request: a request to the database has a limit, and `get` takes only what has all its parts.
      for (const [part, body] of rows.entries()) {
        await client.execute({ sql, args: [sha256, part, rows.length, bytes, Date.now(), body] });
      }
      return bytes;
    },
    async get(sha256) {
      const sql =
        "SELECT count(*) AS n, max(parts) AS parts, max(bytes) AS bytes FROM blob_parts WHERE sha256 = ?";
      const row = (await client.execute({ sql, args: [sha256] })).rows[0];
      const parts = Number(row?.parts ?? 0);
      if (parts === 0 || Number(row?.n) < parts) return null;
      let next = 0;
      const body = new ReadableStream<Uint8Array>({
        async pull(controller) {
          if (next === parts) {
            controller.close();
            return;
          }
          const one = "SELECT body FROM blob_parts WHERE sha256 = ? AND part = ?";
          const { rows } = await client.execute({ sql: one, args: [sha256, next++] });
          const bytes = rows[0]?.body;
          if (!(bytes instanceof ArrayBuffer)) throw new Error(`part ${next - 1} of ${sha256} is gone`);
          // An empty chunk is not a chunk: the stream would be asked again only after a read.
          if (bytes.byteLength > 0) controller.enqueue(new Uint8Array(bytes));
          else controller.close();
        },
      });
      return { bytes: Number(row?.bytes), body };
    },
    async list(after, limit) {
      const sql = "SELECT sha256 FROM blob_parts WHERE sha256 > ? AND part = 0 ORDER BY sha256 LIMIT ?";
      const { rows } = await client.execute({ sql, args: [after ?? "", limit] });
      return rows.map((row) => String(row.sha256));
    },
    async delete(sha256, storedBefore) {
      // One statement: rows that a `put` touches meanwhile keep all the others.
      const sql = `DELETE FROM blob_parts WHERE sha256 = ?
        AND NOT EXISTS (SELECT 1 FROM blob_parts AS p WHERE p.sha256 = ? AND p.stored_at >= ?)`;
      const { rowsAffected } = await client.execute({ sql, args: [sha256, sha256, storedBefore] });
      return rowsAffected > 0;
    },
  };
}

/** The store of a Worker's content: R2 when a bucket is bound, rows otherwise. */
export function blobsOf({ bucket }: { bucket: Bucket | null }, client: Client): Blobs {
  return bucket === null ? rowBlobs(client) : bucketBlobs(bucket);
}
