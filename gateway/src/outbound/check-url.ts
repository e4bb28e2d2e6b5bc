import { plainUrl } from "@pulse/schema/outgoing/plain-url";
import { ProblemError } from "@pulse/schema/problem";
import { isAddress, names } from "./host-list.ts";
import { isPublicAddress } from "./public-address.ts";

/** What an operator lets go out beside what everybody may reach. */
export interface OutboundPolicy {
  /** `host` or `host:port`, exactly: these may be inside, and have any port that they are named with. */
  allowed: readonly string[];
  /** Hosts, also `*.host`, that may be reached at the port they are named with; their addresses must be public all the same. */
  ports: readonly string[];
}

/** A URL that may be asked for, as far as its text tells. */
export interface CheckedUrl {
  url: URL;
  /** The operator named exactly this host: where its name leads is not looked at. */
  isAllowed: boolean;
}

/** Names that mean something only inside: of this machine, of the local network, of a cloud's metadata. */
const innerNames = /(^|\.)(localhost|localdomain|local|internal|intranet|lan|home\.arpa)$/;

/**
 * Reads a URL that a user gave, by WHATWG and nothing else. Throws `url_not_allowed` unless it is `http:` or `https:`, without
 * credentials, at a usual port or one the operator named, and no address or name of what is inside. What a name leads to is checked
 * when it is called.
 */
export function checkUrl(text: string, policy: OutboundPolicy): CheckedUrl {
  const url = plainUrl(text);
  if (typeof url === "string") throw refused(url);
  if (policy.allowed.some((entry) => names(entry, url))) return { url, isAllowed: true };
  const { hostname } = url;
  const isInner = isAddress(hostname)
    ? !isPublicAddress(hostname.replace(/^\[|\]$/g, ""))
    : !hostname.includes(".") || innerNames.test(hostname);
  if (isInner) throw refused(`${hostname} is not on the public internet`);
  const isUsualPort = ["", "80", "443"].includes(url.port);
  if (!isUsualPort && !policy.ports.some((entry) => names(entry, url))) {
    throw refused(`port ${url.port} of ${hostname} is not called: 80 and 443 are`);
  }
  return { url, isAllowed: false };
}

/** The problem of a URL that is not called, with what the operator may do about it. */
export function refused(detail: string): ProblemError {
  return new ProblemError("url_not_allowed", detail, {
    hint: "The operator of the gateway names hosts that may be called all the same in PULSE_OUTBOUND_HOSTS.",
  });
}
