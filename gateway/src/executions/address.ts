/** Where a call under `/f/` goes: which function, which version of it, and what lies below it. */
export interface FunctionAddress {
  project: string;
  name: string;
  /** The name as the resolver takes it: `name` or `name@version-or-alias`. */
  reference: string;
  /** Below the function, with the query, byte for byte as it was sent; starts with `/`. */
  path: string;
}

const word = "[a-z0-9](?:[a-z0-9_-]{0,61}[a-z0-9])?";
const segmentPattern = new RegExp(`^(?:(${word})~)?((${word})(?:@${word})?)$`);

/** Reads the target of a request (`/f/project~name@ref/sub?query`); null when it names no function. */
export function readAddress(target: string): FunctionAddress | null {
  if (!target.startsWith("/f/")) return null;
  const end = segmentEnd(target, 3);
  const match = segmentPattern.exec(decoded(target.slice(3, end)));
  const name = match?.[3];
  const reference = match?.[2];
  if (name === undefined || reference === undefined) return null;
  const rest = target.slice(end);
  const path = rest.startsWith("/") ? rest : `/${rest}`;
  return { project: match?.[1] ?? "default", name, reference, path };
}

/** The path and query of a URL as it was written, or of the raw request target where the platform has it. */
export function targetOf(url: string, rawTarget: string | undefined): string {
  if (rawTarget?.startsWith("/f/")) return rawTarget;
  const start = url.indexOf("/", url.indexOf("://") + 3);
  return start < 0 ? "/" : url.slice(start);
}

function segmentEnd(target: string, from: number): number {
  for (let i = from; i < target.length; i++) {
    const char = target.charCodeAt(i);
    if (char === 47 || char === 63) return i;
  }
  return target.length;
}

function decoded(segment: string): string {
  if (!segment.includes("%")) return segment;
  try {
    return decodeURIComponent(segment);
  } catch {
    // A broken escape names nothing.
    return "";
  }
}
