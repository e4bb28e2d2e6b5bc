import type { Outcome } from "@pulse/schema/wire/job";
import type { Settled } from "../hub.ts";
import type { Streamed } from "./floor.ts";
import type { Held } from "./held.ts";
import type { Settlement } from "./job-store.ts";

const inlineKeptBytes = 64 * 1024;

/** The columns that keep a response. */
export type ResponseColumns = Pick<
  Settlement,
  "httpStatus" | "headers" | "responseAt" | "responseBytes" | "responseSha256" | "responseBody"
>;

/** No response at all. */
export const noResponse: ResponseColumns = {
  httpStatus: null,
  headers: null,
  responseAt: "none",
  responseBytes: null,
  responseSha256: null,
  responseBody: null,
};

/** Where a response is kept and what the waiting caller is given. A build's answer is what it built, a command's is how it ended: as JSON. */
export function responseOf(
  held: Held,
  outcome: Outcome,
  stream: Streamed | null,
): { columns: ResponseColumns; settled: Settled["response"]; keep: Uint8Array | null } {
  if (held.kind === "build" && outcome.built !== null) {
    return { columns: jsonColumns(outcome.built), settled: null, keep: null };
  }
  if (held.kind === "command") {
    const columns = outcome.command === undefined ? noResponse : jsonColumns(outcome.command);
    return { columns, settled: responseIn(columns), keep: null };
  }
  const { response } = outcome;
  if (response === null) return { columns: noResponse, settled: null, keep: null };
  const head = { httpStatus: response.status, headers: response.headers };
  if ("base64" in response.body) {
    const { base64 } = response.body;
    const bytes = base64Bytes(base64);
    return {
      columns: {
        ...head,
        responseAt: "inline",
        responseBytes: bytes,
        responseSha256: null,
        responseBody: base64,
      },
      settled: { status: response.status, headers: response.headers, base64, bytes },
      keep: null,
    };
  }
  const copy =
    stream !== null && !stream.brokenOff && stream.bytes === response.body.bytes ? stream.copy : null;
  const inline = copy !== null && copy.length <= inlineKeptBytes ? copy.toBase64() : null;
  const responseAt = copy === null ? "not_kept" : inline === null ? "stored" : "inline";
  const { bytes, sha256 } = response.body;
  return {
    columns: { ...head, responseAt, responseBytes: bytes, responseSha256: sha256, responseBody: inline },
    settled:
      copy === null ? null : { status: response.status, headers: response.headers, base64: inline, bytes },
    keep: responseAt === "stored" ? copy : null,
  };
}

function jsonColumns(value: unknown): ResponseColumns {
  const bytes = new TextEncoder().encode(JSON.stringify(value));
  return {
    ...noResponse,
    httpStatus: 200,
    headers: [["content-type", "application/json"]],
    responseAt: "inline",
    responseBytes: bytes.length,
    responseBody: bytes.toBase64(),
  };
}

function responseIn({
  httpStatus,
  headers,
  responseBody,
  responseBytes,
}: ResponseColumns): Settled["response"] {
  if (httpStatus === null || headers === null || responseBody === null) return null;
  return { status: httpStatus, headers, base64: responseBody, bytes: responseBytes ?? 0 };
}

/** How many bytes a base64 text stands for. */
export function base64Bytes(base64: string): number {
  const padding = base64.endsWith("==") ? 2 : base64.endsWith("=") ? 1 : 0;
  return (base64.length / 4) * 3 - padding;
}
