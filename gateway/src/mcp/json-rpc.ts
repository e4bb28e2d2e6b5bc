import * as z from "zod";

/** Codes of JSON-RPC 2.0, and those that the Model Context Protocol adds. */
export const rpcCodes = {
  parse: -32700,
  invalidRequest: -32600,
  methodNotFound: -32601,
  invalidParams: -32602,
  internal: -32603,
  headerMismatch: -32020,
  unsupportedVersion: -32022,
} as const;

/** Id of a request: the answer carries the same. */
export type RpcId = string | number;

/** What was asked for cannot be answered: an error of JSON-RPC with the HTTP status it goes with. */
export class RpcError extends Error {
  readonly code: number;
  readonly status: number;
  readonly data: unknown;

  constructor(code: keyof typeof rpcCodes, message: string, { status = 400, data }: RpcErrorMore = {}) {
    super(message);
    this.code = rpcCodes[code];
    this.status = status;
    this.data = data;
  }
}

interface RpcErrorMore {
  status?: number;
  data?: unknown;
}

/** One message: a request when it has an id, else a notification. */
export interface RpcMessage {
  id: RpcId | null;
  method: string;
  params: Readonly<Record<string, unknown>>;
}

const message = z.object({
  jsonrpc: z.literal("2.0"),
  id: z.union([z.string().max(200), z.int()]).optional(),
  method: z.string().min(1).max(200),
  params: z.record(z.string(), z.unknown()).default({}),
});

/** Reads the one message of a body; throws `invalidRequest` for several at once, for an answer, and for what is no message. */
export function readMessage(body: unknown): RpcMessage {
  if (Array.isArray(body)) throw new RpcError("invalidRequest", "send one message a request, not several");
  const read = message.safeParse(body);
  if (!read.success) {
    const [issue] = read.error.issues;
    const where = issue?.path.join(".") ?? "";
    throw new RpcError(
      "invalidRequest",
      `not a JSON-RPC 2.0 request: ${where} ${issue?.message ?? ""}`.trim(),
    );
  }
  const { id = null, method, params } = read.data;
  return { id, method, params };
}

/** The response to a request that was answered. */
export function rpcResult(id: RpcId, result: unknown): Response {
  return json(200, { jsonrpc: "2.0", id, result });
}

/** The response to one that was not; without the id where none could be read. */
export function rpcFailure(id: RpcId | null, { code, message: text, status, data }: RpcError): Response {
  const error = { code, message: text, ...(data === undefined ? {} : { data }) };
  return json(status, { jsonrpc: "2.0", ...(id === null ? {} : { id }), error });
}

function json(status: number, body: unknown): Response {
  const headers = { "content-type": "application/json", "cache-control": "no-store" };
  return new Response(JSON.stringify(body), { status, headers });
}
