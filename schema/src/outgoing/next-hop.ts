/** A request that is about to leave; names of headers in lower case. */
export interface PlainHop {
  url: URL;
  method: string;
  headers: readonly (readonly [string, string])[];
  body: Uint8Array<ArrayBuffer> | null;
}

const redirects: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
/** All that a request keeps when it is sent on to another origin: any other header may be a credential. */
const keptAcross: ReadonlySet<string> = new Set([
  ...["accept", "accept-language", "accept-encoding", "user-agent", "pulse-depth"],
]);

/** The headers of a request as they are sent: names in lower case, and who sends it where nobody says so. */
export function withDefaults(headers: readonly (readonly [string, string])[]): [string, string][] {
  const given = headers.map(([name, value]): [string, string] => [name.toLowerCase(), value]);
  const has = (wanted: string) => given.some(([name]) => name === wanted);
  if (!has("user-agent")) given.push(["user-agent", "Pulse"]);
  if (!has("accept-encoding")) given.push(["accept-encoding", "identity"]);
  return given;
}

/** Whether an answer with this status and `location` sends on to somewhere else. */
export function isRedirect(status: number, location: string | null): location is string {
  return location !== null && redirects.has(status);
}

/**
 * The request that follows a redirect to a URL that was checked; or in words why there is none. Across origins nothing that may be a
 * credential goes along, nor a body.
 */
export function nextHop(before: PlainHop, status: number, to: URL): PlainHop | string {
  const isSameOrigin = to.origin === before.url.origin;
  if (before.url.protocol === "https:" && to.protocol === "http:") return "from https to http";
  const keepsMethod = status === 307 || status === 308 || before.method === "GET" || before.method === "HEAD";
  if (keepsMethod && before.body !== null && !isSameOrigin) return "with its body to another origin";
  const isBare = !keepsMethod;
  const headers = before.headers.filter(([name]) => {
    if (isBare && name.startsWith("content-")) return false;
    return isSameOrigin || keptAcross.has(name);
  });
  return {
    ...{ url: to, headers, method: isBare ? "GET" : before.method },
    body: isBare ? null : before.body,
  };
}
