import { type AddressRange, addressBytes, isInRange } from "@pulse/schema/address";
import { ProblemError } from "@pulse/schema/problem";
import type { Identity } from "../sign-in-as.ts";

/** What a proxy that signs people in sends with each request (the names are those of Authelia). */
export const identityHeaders = {
  user: "remote-user",
  groups: "remote-groups",
  name: "remote-name",
  email: "remote-email",
  secret: "pulse-proxy-secret",
} as const;

const longest = 128;

/** Whether a request comes from one of the proxies, by the address of its connection alone: what a header says of it counts for nothing. */
export function isProxy(peer: string | null, proxies: readonly AddressRange[]): boolean {
  const bytes = peer === null ? null : addressBytes(peer);
  return bytes !== null && proxies.some((range) => isInRange(bytes, range));
}

/**
 * Who a proxy says that somebody is; null: it says nothing. The caller has checked that it is the proxy. Throws `bad_request` for a name that is not
 * one: a header that was sent twice arrives joined by a comma.
 */
export function identityIn(headers: Headers): Identity | null {
  const user = headers.get(identityHeaders.user);
  if (user === null) return null;
  const username = plain(identityHeaders.user, user.trim());
  if (username === "") throw malformed(identityHeaders.user);
  const email = headers.get(identityHeaders.email)?.trim() ?? "";
  const name = headers.get(identityHeaders.name)?.trim() ?? "";
  return {
    source: "trusted-header",
    subject: username,
    username,
    name: shown(name) || username,
    email: email === "" ? null : plain(identityHeaders.email, email),
    groups: groupsIn(headers.get(identityHeaders.groups) ?? ""),
  };
}

function groupsIn(text: string): string[] {
  return text
    .split(",")
    .map((group) => group.trim())
    .filter((group) => group !== "");
}

function plain(header: string, value: string): string {
  if (value.length > longest || !/^[\x21-\x7e]*$/.test(value) || /[,;]/.test(value)) throw malformed(header);
  return value;
}

/** A name as people write it, without what steers a terminal. */
function shown(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, "").slice(0, 200);
}

function malformed(header: string): ProblemError {
  return new ProblemError(
    "bad_request",
    `the header ${header} must be one name of at most ${longest} plain characters, sent once`,
  );
}
