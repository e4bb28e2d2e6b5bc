import { parseDuration } from "@pulse/schema/duration-text";

/** What is typed about an entry. */
export interface KvFields {
  key: string;
  /** JSON. */
  value: string;
  /** A length of time such as `1h`; empty: for good. */
  ttl: string;
}

export type WrongKvField = "key" | "value" | "ttl";

/** What is to be written, `ttl` in seconds, or the field that is wrong. What a key and a value may be beyond that is the gateway's to say. */
export function readKvForm({
  key,
  value,
  ttl,
}: KvFields): { wrong: WrongKvField } | { key: string; value: unknown; ttl: number | undefined } {
  if (key === "") return { wrong: "key" };
  const ms = ttl.trim() === "" ? undefined : parseDuration(ttl.trim());
  if (ms === null || (ms !== undefined && (ms < 1000 || ms % 1000 !== 0))) return { wrong: "ttl" };
  try {
    return { key, value: JSON.parse(value), ttl: ms === undefined ? undefined : ms / 1000 };
  } catch {
    return { wrong: "value" };
  }
}
