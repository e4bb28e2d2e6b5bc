import type { Provider } from "@pulse/schema/wire/webhooks";
import { byName } from "../http/by-name.ts";
import { parseStrictJson } from "../http/strict-json.ts";

const formType = "application/x-www-form-urlencoded";
/** These send JSON in a field of a form where they are told to send forms. */
const wrapped: ReadonlySet<Provider> = new Set(["github", "gitea", "forgejo"]);

/**
 * What a body says: JSON as its value, a form as an object of its fields, other text as it is. Bytes that are none of these are null. It is
 * read by what its type says it is and never makes anything but plain data.
 */
export function payloadOf(provider: Provider, contentType: string | null, body: Uint8Array): unknown {
  const type = (contentType ?? "").split(";", 1)[0]?.trim().toLowerCase() ?? "";
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(body);
  } catch {
    return null;
  }
  if (type === formType) {
    const fields = byName(new URLSearchParams(text));
    return wrapped.has(provider) && typeof fields.payload === "string"
      ? jsonOr(fields.payload, fields)
      : fields;
  }
  return text === "" ? null : jsonOr(text, text);
}

function jsonOr(text: string, otherwise: unknown): unknown {
  try {
    return parseStrictJson(text);
  } catch {
    // It is no JSON that the gateway reads; whoever is given the bytes may make more of it.
    return otherwise;
  }
}
