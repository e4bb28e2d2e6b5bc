import { canonicalJson } from "@pulse/schema/audit-chain";
import type { AuditEntry } from "@pulse/schema/wire/audit";

/** JSON as it stands in an entry. */
export type Facts = NonNullable<AuditEntry["details"]>;
type Json = Facts[string];

const hidden = "[hidden]";
const secretName =
  /secret|passw|token|credential|authorization|cookie|private|otp|seed|^(value|key|env|headers)$/i;
const secretText = /\b(pk|pet|whsec|prt|pst)_[\w-]{12,}|\beyJ[\w-]{8,}\.|-----BEGIN|^(Bearer|Basic) /;
const charactersMost = 200;
const membersMost = 50;
const depthMost = 6;
const bytesMost = 4096;

/** A text of an entry: of a length that does no harm, without what a database would store as something else. */
export function plainText(text: string): string {
  const clean = text.replace(/[\u0000-\u001f\u007f]/g, " ").toWellFormed();
  return clean.length <= charactersMost ? clean : `${clean.slice(0, charactersMost).toWellFormed()}…`;
}

/** A value as far as an entry may show it: nothing that looks like a secret by its name or its form, and not too much. */
export function shown(value: unknown): Json {
  return shownAt(value, 0);
}

function shownAt(value: unknown, depth: number): Json {
  if (value === null || typeof value === "boolean") return value;
  if (typeof value === "number") return Number.isFinite(value) ? value : null;
  if (typeof value === "string") return secretText.test(value) ? hidden : plainText(value);
  if (typeof value !== "object") return null;
  if (depth >= depthMost) return "…";
  if (Array.isArray(value)) {
    const items = value.slice(0, membersMost).map((one) => shownAt(one, depth + 1));
    return value.length > membersMost ? [...items, `… ${value.length - membersMost} more`] : items;
  }
  const all = Object.entries(value).filter(([, one]) => one !== undefined);
  const members: [string, Json][] = all
    .slice(0, membersMost)
    .map(([name, one]) => [plainText(name), isSecret(name, one) ? hidden : shownAt(one, depth + 1)]);
  if (all.length > membersMost) members.push(["…", `${all.length - membersMost} more`]);
  return Object.fromEntries(members);
}

/** Whether a member is left out for its name. A list under `secrets` has names. */
function isSecret(name: string, value: unknown): boolean {
  return value !== null && secretName.test(name) && !(name === "secrets" && Array.isArray(value));
}

/** Facts as an entry may show them; null for none. */
export function shownFacts(values: Readonly<Record<string, unknown>>): Facts | null {
  const facts = shown(values) as Facts;
  if (Object.keys(facts).length === 0) return null;
  const { length } = canonicalJson(facts);
  return length <= bytesMost ? facts : { tooLarge: length, of: Object.keys(facts) };
}

/** What differs between two states, on each side; null where there is none. */
export function difference(
  before: Readonly<Record<string, unknown>> | null,
  after: Readonly<Record<string, unknown>> | null,
): { before: Facts | null; after: Facts | null } {
  const names = new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})]);
  const differing = [...names].filter((name) => textOf(before?.[name]) !== textOf(after?.[name]));
  const side = (state: Readonly<Record<string, unknown>> | null) =>
    state === null ? null : shownFacts(Object.fromEntries(differing.map((name) => [name, state[name]])));
  return { before: side(before), after: side(after) };
}

function textOf(value: unknown): string {
  return value === undefined ? "" : canonicalJson(value);
}
