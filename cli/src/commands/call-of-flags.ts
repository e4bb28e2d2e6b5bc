import type { SavedCall } from "@pulse/schema/wire/saved-inputs";
import type { Messages } from "../messages/en.ts";
import { fill } from "../messages/say.ts";
import { UsageError } from "../usage.ts";

/** What flags of `invoke` say of the call itself; the body is read already. */
export interface CallFlags {
  method?: string | undefined;
  path?: string | undefined;
  header?: string[] | undefined;
  body?: string | undefined;
}

/** A call as it is sent. */
export interface SentCall {
  method: string;
  /** Below the function, with the query. */
  path: string;
  headers: Headers;
  body: string | undefined;
}

/** The call that flags make, over a saved one where there is one. Throws `UsageError` for a header that is none. */
export function callOfFlags(flags: CallFlags, saved: SavedCall | null, messages: Messages): SentCall {
  const method = flags.method ?? saved?.method ?? "POST";
  const body = flags.body ?? bodyOf(method, saved);
  // A saved call says itself of what type its body is.
  const isJson = body !== undefined && (flags.body !== undefined || saved === null);
  const headers = new Headers(isJson ? { "content-type": "application/json" } : {});
  const lines = (saved?.headers ?? "").split("\n").filter((line) => line.trim() !== "");
  for (const header of [...lines, ...(flags.header ?? [])]) {
    const at = header.indexOf(":");
    if (at < 1) throw new UsageError(fill(messages.badHeader, { given: JSON.stringify(header) }));
    headers.set(header.slice(0, at).trim(), header.slice(at + 1).trim());
  }
  return { method, path: flags.path ?? saved?.path ?? "", headers, body };
}

/** The body where no flag says one; undefined: the call has none. */
function bodyOf(method: string, saved: SavedCall | null): string | undefined {
  if (method === "GET" || method === "HEAD") return undefined;
  return saved === null ? "{}" : saved.body || undefined;
}
