import { ProblemError } from "@pulse/schema/problem";
import type { DraftRunBody, DraftRunView } from "@pulse/schema/wire/drafts";
import { tooLarge } from "../../http/read-body.ts";
import { draftNumber } from "../build.ts";
import type { Resolved } from "../resolve.ts";
import { contentOf } from "../upload.ts";
import type { BuiltDraft } from "./build.ts";

const bodyMost = 6 * 2 ** 20;

/** A call of a draft, for the feature that owns executions. */
export interface DraftCall {
  project: string;
  target: Resolved;
  /** Key or session id of whoever runs it. */
  credential: string;
  requestId: string;
  request: { method: string; path: string; headers: [string, string][] };
  body: Uint8Array<ArrayBuffer> | null;
}

/** How a draft is called: `start` answers the id once it is on disk, `look` how it stands after at most `waitMs`. */
export interface DraftCalls {
  start(call: DraftCall, signal: AbortSignal): Promise<string>;
  look(
    project: string,
    id: string,
    waitMs: number,
    signal: AbortSignal,
  ): Promise<Omit<DraftRunView, "build">>;
}

/** The call that a body of `POST …/draft/run` asks for. Throws `validation_failed`, `payload_too_large`. */
export function callOf(
  { draft, version, live }: BuiltDraft,
  asked: DraftRunBody,
  by: { credential: string; requestId: string },
): DraftCall {
  const { id, status, runtime, entry, settings, bundleSha256, depsSha256, image } = version;
  const of = { id, number: draftNumber, status, runtime, entry, settings, bundleSha256, depsSha256, image };
  const { method } = asked;
  const body = method === "GET" || method === "HEAD" ? null : bodyOf(asked);
  const headers = new Headers(asked.headers);
  headers.delete("content-length");
  if (asked.input !== undefined && !headers.has("content-type"))
    headers.set("content-type", "application/json");
  if (body !== null) headers.set("content-length", String(body.length));
  return {
    ...by,
    project: draft.project,
    target: { functionId: draft.ownerId, name: draft.name, alias: null, live, version: of },
    request: { method, path: pathOf(asked.path), headers: [...headers] },
    body,
  };
}

/** The path as a browser would write it into a request. */
function pathOf(typed: string): string {
  const { pathname, search } = new URL(`http://function${typed}`);
  return pathname + search;
}

function bodyOf({ input, body }: DraftRunBody): Uint8Array<ArrayBuffer> | null {
  if (input !== undefined && body !== undefined) {
    const detail = "give either an input or a body, not both";
    throw new ProblemError("validation_failed", detail, { errors: [{ pointer: "/body", detail }] });
  }
  const bytes = input === undefined ? contentOf(body ?? "") : contentOf(JSON.stringify(input));
  if (bytes.length > bodyMost) throw tooLarge(bodyMost);
  return bytes.length === 0 ? null : bytes;
}
