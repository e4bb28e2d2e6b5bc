/** A request as its platform parsed it, before a URL and a Headers object were made of it. */
export interface RawRequest {
  /** The request target, byte for byte: nothing was normalised. */
  target: string;
  /** Names and values in turn, repeats not joined. */
  headers: readonly string[];
}

/** The raw request where the platform has it: Node hands it over as `incoming`. Null elsewhere. */
export function rawRequestOf(env: unknown): RawRequest | null {
  if (typeof env !== "object" || env === null || !("incoming" in env)) return null;
  const { incoming } = env;
  if (typeof incoming !== "object" || incoming === null) return null;
  if (!("url" in incoming) || !("rawHeaders" in incoming)) return null;
  const { url, rawHeaders } = incoming;
  return typeof url === "string" && Array.isArray(rawHeaders) ? { target: url, headers: rawHeaders } : null;
}

/** Header names and values of a raw request, in pairs. */
export function headerPairs({ headers }: RawRequest): [string, string][] {
  const pairs: [string, string][] = [];
  for (let i = 0; i + 1 < headers.length; i += 2) pairs.push([headers[i] ?? "", headers[i + 1] ?? ""]);
  return pairs;
}
