import type { DraftBody } from "@pulse/schema/wire/drafts";
import { runtimeField } from "@pulse/schema/wire/manifest";

/** The name under which the editor shows a draft's settings; in the draft itself they are no file. */
export const manifestName = "pulse.jsonc";

type Manifest = Pick<DraftBody, "runtime" | "entry" | "settings">;

/** Why a text is not taken as the settings of a draft. `line` counts from 1. */
export interface ManifestFault {
  fault: "syntax" | "object" | "name" | "runtime" | "entry";
  detail: string;
  line: number;
}

/** A draft's settings as the `pulse.jsonc` that the CLI would deploy. */
export function manifestText(name: string, { runtime, entry, settings }: Manifest, origin: string): string {
  const whole = {
    $schema: `${origin}/schemas/pulse.v1.json`,
    name,
    runtime,
    ...(entry === undefined ? {} : { entry }),
    ...settings,
  };
  return `${JSON.stringify(whole, null, 2)}\n`;
}

/** Reads such a text back. What a setting may be is the gateway's to say; here only what makes it unreadable is a fault. */
export function readManifest(name: string, text: string): Manifest | ManifestFault {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    return { fault: "syntax", detail, line: lineIn(detail, text) };
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return { fault: "object", detail: "", line: 1 };
  }
  const {
    $schema: _,
    name: given = name,
    runtime: language = "typescript",
    entry,
    ...settings
  } = value as Record<string, unknown>;
  const at = (key: string) => ({ detail: "", line: lineOfKey(key, text) });
  if (given !== name) return { fault: "name", ...at("name") };
  const runtime = runtimeField.safeParse(language);
  if (!runtime.success) return { fault: "runtime", ...at("runtime") };
  if (entry !== undefined && typeof entry !== "string") return { fault: "entry", ...at("entry") };
  return {
    runtime: runtime.data,
    ...(entry === undefined ? {} : { entry }),
    // What JSON.parse made is JSON.
    settings: settings as Manifest["settings"],
  };
}

/** The line of a key at the top of a manifest; 1 when it is not found. */
export function lineOfKey(key: string, text: string): number {
  const found = text.indexOf(`"${key}"`);
  return found < 0 ? 1 : lineAt(found, text);
}

/** Where the browser's words say the fault is: `line 3 column 4`, or `position 12`; at the end when they say neither. */
function lineIn(detail: string, text: string): number {
  const line = /line (\d+)/.exec(detail)?.[1];
  if (line !== undefined) return Number(line);
  const position = /position (\d+)/.exec(detail)?.[1];
  return lineAt(position === undefined ? text.trimEnd().length : Number(position), text);
}

function lineAt(offset: number, text: string): number {
  return text.slice(0, offset).split("\n").length;
}
