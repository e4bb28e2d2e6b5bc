import type { HeaderList } from "@pulse/schema/wire/job";

/** A body as a value: JSON where it says so and is, else its text; null when there is none. */
export function jsonOrText<T>(headers: HeaderList, body: Uint8Array): T | string | null {
  if (body.length === 0) return null;
  const text = new TextDecoder().decode(body);
  const type = headers.find(([name]) => name.toLowerCase() === "content-type")?.[1] ?? "";
  if (!/[/+]json/i.test(type)) return text;
  try {
    return JSON.parse(text) as T;
  } catch {
    // It says JSON and is none: the text is what it answered.
    return text;
  }
}
