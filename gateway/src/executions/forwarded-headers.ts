import type { HeaderList } from "@pulse/schema/wire/job";

/** Headers that concern one connection only (RFC 9110 section 7.6.1) or are answered by the gateway itself. */
const hopByHop: ReadonlySet<string> = new Set([
  "connection",
  "expect",
  "http2-settings",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  // What a proxy tells the gateway of somebody is not the function's to believe.
  "remote-email",
  "remote-groups",
  "remote-name",
  "remote-user",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

const sessionCookies: ReadonlySet<string> = new Set(["pulse_session", "__host-pulse_session"]);

/** Names that a `Connection` header adds to the hop-by-hop ones. */
function connectionNames(headers: Iterable<readonly [string, string]>): ReadonlySet<string> | null {
  for (const [name, value] of headers) {
    if (name.length !== 10 || name.toLowerCase() !== "connection") continue;
    const names = value.split(",").map((one) => one.trim().toLowerCase());
    if (names.some((one) => one !== "keep-alive" && one !== "close")) return new Set(names);
  }
  return null;
}

/**
 * The caller's headers as a function may see them: repeats and order kept, names in lower case, without hop-by-hop headers,
 * `Pulse-*`, session cookies and, when `dropAuthorization` says so or it is a Pulse key, `Authorization`.
 */
export function headersToFunction(
  headers: readonly (readonly [string, string])[],
  seen: { requestId: string; dropAuthorization: boolean },
): HeaderList {
  const named = connectionNames(headers);
  const kept: HeaderList = [];
  for (const [written, value] of headers) {
    const name = written.toLowerCase();
    if (hopByHop.has(name) || named?.has(name) || name.startsWith("pulse-") || name === "x-request-id")
      continue;
    if (name === "authorization" && (seen.dropAuthorization || /^bearer\s+pk_/i.test(value))) continue;
    if (name !== "cookie") {
      kept.push([name, value]);
      continue;
    }
    const cookies = withoutSessions(value);
    if (cookies !== "") kept.push([name, cookies]);
  }
  kept.push(["x-request-id", seen.requestId]);
  return kept;
}

function withoutSessions(cookie: string): string {
  if (!cookie.toLowerCase().includes("pulse_session")) return cookie;
  const kept = cookie.split(";").filter((pair) => !sessionCookies.has(cookieName(pair)));
  return kept.join(";").trim();
}

function cookieName(pair: string): string {
  return (pair.split("=", 1)[0] ?? "").trim().toLowerCase();
}

/**
 * The function's headers as the caller may see them: without hop-by-hop headers, `Pulse-*`, `Set-Cookie` of a session name, and
 * what would act on the whole origin. `Content-Length` is kept only on request: the platform counts buffered bodies itself; CORS
 * headers only where the endpoint's settings do not answer for them.
 */
export function headersToCaller(
  headers: HeaderList,
  keep: { keepLength: boolean; keepCors: boolean },
): HeaderList {
  const named = connectionNames(headers);
  const kept: HeaderList = [];
  for (const [written, value] of headers) {
    const name = written.toLowerCase();
    if (hopByHop.has(name) || named?.has(name) || name.startsWith("pulse-")) continue;
    if (name === "content-length" && !keep.keepLength) continue;
    if (!keep.keepCors && name.startsWith("access-control-")) continue;
    if (name === "clear-site-data" || name === "service-worker-allowed") continue;
    if (name === "set-cookie" && sessionCookies.has(cookieName(value))) continue;
    kept.push([name, value]);
  }
  return kept;
}

const headerName = /^[!#$%&'*+.^_`|~0-9a-zA-Z-]+$/;
const headerValue = /^[\t\x20-\x7e\x80-\xff]*$/;

/** What HTTP cannot carry of a response head, in words, or null. */
export function whyUnsendable(status: number, headers: HeaderList): string | null {
  if (status < 200 || status > 599) return `the status ${status}`;
  for (const [name, value] of headers) {
    if (!headerName.test(name)) return `a header named ${JSON.stringify(name.slice(0, 100))}`;
    if (!headerValue.test(value))
      return `a header ${name} whose value has characters that headers cannot have`;
  }
  return null;
}

/** Whether a browser may render an answer of this type as a document with scripts; an absent type is sniffed, so it may. */
export function isActiveDocument(contentType: string | null): boolean {
  return contentType === null || /html|xml|svg|multipart/i.test(contentType);
}
