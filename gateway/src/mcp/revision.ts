import { RpcError, type RpcMessage } from "./json-rpc.ts";

/** Revisions in which each request says everything itself. */
const modern = ["2026-07-28"];
/** Revisions that begin with `initialize`; nothing of it has to be remembered here. */
const legacy = ["2025-11-25", "2025-06-18"];

/** Every revision of the protocol that is spoken, newest first. */
export const revisions: readonly string[] = [...modern, ...legacy];

/** How a request is to be answered. */
export interface Spoken {
  era: "modern" | "legacy";
  revision: string;
  /** What the client calls itself; empty where it does not say. */
  client: string;
}

const prefix = "io.modelcontextprotocol/";
const named: ReadonlySet<string> = new Set(["tools/call", "resources/read", "prompts/get"]);

/**
 * Which revision a message is written in. Throws the error that the revision has for what it lacks: a version nobody speaks here, headers that say
 * something else than the body, or a part that must be there.
 */
export function spokenIn(message: RpcMessage, header: (name: string) => string | null): Spoken {
  const meta = membersOf(message.params._meta);
  const said = header("mcp-protocol-version");
  const inBody = meta[`${prefix}protocolVersion`];
  if (message.method === "initialize" && inBody === undefined) return handshake(message);
  if (said !== null && legacy.includes(said) && inBody === undefined)
    return { era: "legacy", revision: said, client: "" };
  const asked = inBody ?? said;
  if (typeof asked === "string" && !revisions.includes(asked)) throw unsupported(asked);
  if (said === null) throw mismatch("the header MCP-Protocol-Version is missing");
  if (inBody === undefined || typeof meta[`${prefix}clientCapabilities`] !== "object") {
    const lacks = inBody === undefined ? "protocolVersion" : "clientCapabilities";
    throw new RpcError("invalidParams", `_meta lacks ${prefix}${lacks}`);
  }
  if (said !== inBody)
    throw mismatch(`MCP-Protocol-Version is "${said}", the body says ${JSON.stringify(inBody)}`);
  if (!modern.includes(said)) throw unsupported(said);
  checkHeaders(message, header);
  return { era: "modern", revision: said, client: clientName(meta[`${prefix}clientInfo`]) };
}

/** `initialize`: the client's revision where it is spoken here, else the newest that begins so. */
function handshake({ params }: RpcMessage): Spoken {
  const { protocolVersion, clientInfo } = params;
  const isKnown = typeof protocolVersion === "string" && legacy.includes(protocolVersion);
  const revision = isKnown ? protocolVersion : (legacy[0] ?? "");
  return { era: "legacy", revision, client: clientName(clientInfo) };
}

/** What stands between may have gone by the headers: they say what the body says, or nothing is done. */
function checkHeaders({ method, params }: RpcMessage, header: (name: string) => string | null): void {
  const methodSaid = header("mcp-method");
  if (methodSaid !== method)
    throw mismatch(`Mcp-Method is ${JSON.stringify(methodSaid)}, the body says "${method}"`);
  if (!named.has(method)) return;
  const name = method === "resources/read" ? params.uri : params.name;
  const nameSaid = decoded(header("mcp-name"));
  if (nameSaid === null || nameSaid !== name)
    throw mismatch(`Mcp-Name is ${JSON.stringify(nameSaid)}, the body says ${JSON.stringify(name ?? null)}`);
}

/** A header's value, out of its Base64 where it is wrapped in it; null where there is none or it is broken. */
function decoded(value: string | null): string | null {
  const wrapped = /^=\?base64\?(.*)\?=$/.exec(value ?? "")?.[1];
  if (wrapped === undefined) return value;
  try {
    const bytes = Uint8Array.from(atob(wrapped), (one) => one.charCodeAt(0));
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}

/** Name and version as a client gives them; nothing is decided by it. */
function clientName(info: unknown): string {
  const { name, version } = membersOf(info);
  return [name, version]
    .filter((one) => typeof one === "string")
    .join(" ")
    .slice(0, 100);
}

function unsupported(requested: string): RpcError {
  const data = { supported: revisions, requested };
  return new RpcError("unsupportedVersion", "Unsupported protocol version", { data });
}

const mismatch = (text: string) => new RpcError("headerMismatch", `Header mismatch: ${text}`);

function membersOf(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}
