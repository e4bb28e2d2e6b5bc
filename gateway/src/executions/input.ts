import { ProblemError } from "@pulse/schema/problem";
import type { InputView } from "@pulse/schema/wire/executions";
import type { FunctionSpec, HeaderList } from "@pulse/schema/wire/job";
import type { Ports } from "../ports.ts";
import type { Viewer } from "../workflows/seen-by.ts";
import { createExecutionStore } from "./store.ts";

const shownMost = 256 * 1024;
const secret = /authorization|cookie|token|secret|signature|api-?key|password/i;

/** What a call was made with, credentials among its headers left out. Throws `not_found`, and `conflict` for what is no call. */
export async function readInput(ports: Ports, viewer: Viewer, id: string): Promise<InputView> {
  const store = createExecutionStore(ports.database);
  const row = await store.job(viewer, id);
  if (row === null) throw new ProblemError("not_found", `there is no execution ${id}`);
  if (row.job.kind !== "function") {
    throw new ProblemError(
      "conflict",
      `execution ${id} is a ${row.kind}; only calls of functions have an input`,
    );
  }
  const { request, body } = row.job.spec;
  const { method, path } = request;
  const bytes = await bytesOf(store, id, body);
  return {
    method,
    path,
    headers: withoutCredentials(request.headers),
    body: bytes === null || bytes.length === 0 || bytes.length > shownMost ? null : shownBodyOf(bytes),
    bytes: body.at === "none" ? 0 : (bytes?.length ?? null),
    isKept: bytes !== null,
  };
}

async function bytesOf(
  store: ReturnType<typeof createExecutionStore>,
  id: string,
  body: FunctionSpec["body"],
): Promise<Uint8Array | null> {
  if (body.at === "none") return new Uint8Array();
  if (body.at === "inline") return Uint8Array.fromBase64(body.base64);
  return body.at === "stored" ? await store.payload(id, "request") : null;
}

function withoutCredentials(headers: HeaderList): HeaderList {
  return headers.map(([name, value]) => [name, secret.test(name) ? "(hidden)" : value]);
}

/** A body as JSON can carry it: text where it is UTF-8, else base64. */
export function shownBodyOf(bytes: Uint8Array): { text: string } | { base64: string } {
  try {
    return { text: new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes) };
  } catch {
    // Not UTF-8.
    return { base64: bytes.toBase64() };
  }
}
