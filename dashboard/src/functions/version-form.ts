import { versionSettings } from "@pulse/schema/wire/manifest";
import { numberOr, pairsOf, words } from "./live-form.ts";

/** The settings of a version that the form has a field for; the others are written in `pulse.jsonc`. */
export const versionFields = [
  "timeout",
  "memory",
  "cpus",
  "concurrency",
  "reuse",
  "delivery",
  "egress",
  "env",
  "secrets",
] as const;
export type VersionField = (typeof versionFields)[number];

type Settings = Readonly<Record<string, unknown>>;

/** A setting as the text of its field; what is not written is empty, so the default holds. */
export function versionText(field: VersionField, settings: Settings): string {
  const value = settings[field];
  if (value === undefined || value === null) return "";
  if ((field === "env" || field === "secrets") && typeof value === "object" && !Array.isArray(value)) {
    return Object.entries(value)
      .map(([name, one]) => `${name}=${String(one)}`)
      .join("\n");
  }
  return Array.isArray(value) ? value.join(field === "egress" ? ", " : "\n") : String(value);
}

/** The settings with one field as it was typed; an empty one is taken out. */
export function withVersionText(
  field: VersionField,
  text: string,
  settings: Settings,
): Record<string, unknown> {
  const { [field]: _, ...others } = settings;
  if (text.trim() === "") return others;
  return { ...others, [field]: settingOf(field, text) };
}

/** What is wrong with a setting, in the words of the contract; undefined: nothing. */
export function versionWrong(field: VersionField, settings: Settings): string | undefined {
  const parsed = versionSettings.shape[field].safeParse(settings[field]);
  return parsed.success ? undefined : parsed.error.issues.map(({ message }) => message).join("; ");
}

function settingOf(field: VersionField, text: string): unknown {
  if (field === "cpus" || field === "concurrency") return numberOr(text);
  // Spaces may be meant: the value is all that stands behind the equals sign.
  if (field === "env") return pairsOf(text);
  // Under other names, or from the runner's Vault: NAME=reference.
  if (field === "secrets") return text.includes("=") ? referencesOf(text) : words(text);
  if (field === "egress") return text.includes(":") ? words(text) : text.trim();
  return text.trim();
}

/** A line without an equals sign is a secret under its own name. */
function referencesOf(text: string): Record<string, string> {
  const pairs = Object.entries(pairsOf(text));
  return Object.fromEntries(
    pairs.map(([name, reference]) => [name, reference.trim() === "" ? name : reference.trim()]),
  );
}
