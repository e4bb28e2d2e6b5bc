import type { ProblemCode } from "@pulse/schema/problem";
import { createSignal } from "solid-js";
import type { catalogue as english } from "./en/catalogue.ts";
import { countForms, numberFormat } from "./formats.ts";
import { type Place, places } from "./places.ts";

/** Names of all texts; English is where they are made, every other language must have them all. */
export type Key = keyof typeof english;
export type Words = Readonly<Record<Key, string>>;
/** The titles of all problem codes; English ones come from the API itself. */
export type ProblemTitles = Readonly<Record<ProblemCode, string>>;

/** The languages there are, each in its own words. */
export const languages = { en: "English", es: "Español" } as const;
export type Language = keyof typeof languages;

const stored = "pulse.language";
const [language, setLanguage] = createSignal<Language>("en");
// Those of one language are loaded, before anything is shown.
const [words, setWords] = createSignal<Partial<Words>>({});
const [titles, setTitles] = createSignal<ProblemTitles | null>(null);

/** The language in use. */
export { language };

function isLanguage(text: string | null): text is Language {
  return text !== null && Object.hasOwn(languages, text);
}

/** The places whose texts something on this page wants; those of the frame are always among them. */
const wanted = new Set<Place>(["shell"]);

async function wordsOf(all: Iterable<Place>, of: Language): Promise<Partial<Words>> {
  return Object.assign({}, ...(await Promise.all([...all].map((place) => places[place][of]()))));
}

async function load(next: Language): Promise<void> {
  let count: number;
  let all: Partial<Words>;
  do {
    count = wanted.size;
    all = await wordsOf(wanted, next);
    // Again, should a part have asked for its texts meanwhile.
  } while (wanted.size !== count);
  setWords(all);
  setLanguage(next);
  document.documentElement.lang = next;
  if (next === "en") setTitles(null);
  // No page waits for these: until they are there, and should they not come, a problem has the API's own title.
  else
    void import("./es/problem-titles.ts").then(
      ({ problemTitles }) => setTitles(problemTitles),
      () => undefined,
    );
}

/** Brings the texts of these places, in the language in use and in any that is chosen later. What shows them waits for this. */
export async function needWords(all: readonly Place[]): Promise<void> {
  let missing = all.filter((place) => !wanted.has(place));
  while (missing.length > 0) {
    const of = language();
    const more = await wordsOf(missing, of);
    // Chosen meanwhile: those texts are of the language before.
    if (of !== language()) continue;
    for (const place of missing) wanted.add(place);
    setWords((before) => ({ ...before, ...more }));
    missing = [];
  }
}

/** Takes the language chosen before, else the first of the browser's that there is, else English. */
export async function startLanguage(): Promise<void> {
  const before = localStorage.getItem(stored);
  const wanted = navigator.languages.map((one) => one.slice(0, 2).toLowerCase());
  const first = isLanguage(before) ? before : (wanted.find(isLanguage) ?? "en");
  // Nothing is shown yet: the texts of a page that is asked for meanwhile come in this language at once.
  setLanguage(first);
  await load(first);
}

/** Changes the language and keeps the choice in this browser. */
export async function chooseLanguage(next: Language): Promise<void> {
  localStorage.setItem(stored, next);
  await load(next);
}

/** The text of a key, with `{name}` places filled. Follows the language. */
export function t(key: Key, values: Readonly<Record<string, string | number>> = {}): string {
  return fill(words()[key] ?? key, values);
}

/** Fills `{name}` places; a place without a value stays, so that it is seen. */
export function fill(text: string, values: Readonly<Record<string, string | number>>): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = values[name];
    return value === undefined ? whole : typeof value === "number" ? number(value) : value;
  });
}

type CountedKey = { [K in Key]: K extends `${infer Stem}.one` ? Stem : never }[Key];

/** The text for a count: `key.one` or `key.other`, with `{count}` filled. */
export function counted(stem: CountedKey, count: number): string {
  const form = countForms(language()).select(count) === "one" ? "one" : "other";
  return t(`${stem}.${form}` as Key, { count });
}

/** The title of a problem code in the language in use, or null when the API's own words are right. */
export function problemTitle(code: ProblemCode): string | null {
  return titles()?.[code] ?? null;
}

/** A number as the language writes it. */
export function number(value: number, options: Intl.NumberFormatOptions = {}): string {
  return numberFormat(language(), options).format(value);
}
