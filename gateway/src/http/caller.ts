import { type AddressRange, callerAddress } from "@pulse/schema/address";

/** How the address of a caller is known. */
export interface AddressSettings {
  /** Proxies whose `X-Forwarded-For` is believed. */
  trustedProxies: readonly AddressRange[];
  /** A header that the platform itself sets, whatever the caller sent; null: the socket tells. */
  header: string | null;
}

/** Whom the connection of a request comes from, as far as it is not a header that says so. */
const peers = new WeakMap<Request, string>();

/** The other end of a request's connection, once `addressOf` has looked; null: it is not known. */
export function peerOf(request: Request): string | null {
  return peers.get(request) ?? null;
}

/** A request as if its caller had named this project, or with null none; who it comes from stays known. */
export function inProject(request: Request, project: string | null): Request {
  const headers = new Headers(request.headers);
  if (project === null) headers.delete("pulse-project");
  else headers.set("pulse-project", project);
  const asked = new Request(request.url, { method: request.method, headers });
  const peer = peers.get(request);
  if (peer !== undefined) peers.set(asked, peer);
  return asked;
}

/** The address of whoever made a request, in one form for each address; null: the platform does not say. `env` is what the platform gave along. */
export function addressOf(
  settings: AddressSettings | undefined,
  request: Request,
  env: unknown,
): string | null {
  const header = settings?.header ?? null;
  const peer = header === null ? socketAddress(env) : request.headers.get(header);
  if (header === null && peer !== null) peers.set(request, peer);
  return callerAddress(peer, request.headers.get("x-forwarded-for"), settings?.trustedProxies ?? []);
}

function socketAddress(env: unknown): string | null {
  const incoming = memberOf(env, "incoming");
  const address = memberOf(memberOf(incoming, "socket"), "remoteAddress");
  return typeof address === "string" ? address : null;
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}
