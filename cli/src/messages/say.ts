import { en, type Messages } from "./en.ts";
import { es } from "./es.ts";

/** The texts of the user's language: what `--lang` says, `PULSE_LANG`, else the locale. */
export function messagesFor(env: Readonly<Record<string, string | undefined>>, flag?: string): Messages {
  return languageOf(env, flag) === "es" ? es : en;
}

/** The user's language, English where it is another. */
export function languageOf(env: Readonly<Record<string, string | undefined>>, flag?: string): "en" | "es" {
  const language = flag || env.PULSE_LANG || env.LC_ALL || env.LC_MESSAGES || env.LANG || "";
  return language.toLowerCase().startsWith("es") ? "es" : "en";
}

/** The language that texts are in. */
export function wordsLanguage(messages: Messages): "en" | "es" {
  return messages === es ? "es" : "en";
}

/** Fills `{name}` places of a text. */
export function fill(text: string, values: Record<string, string | number>): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}
