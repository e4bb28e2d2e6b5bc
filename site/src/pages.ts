import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { elsewhere, found, sections } from "./catalogue.ts";
import { titleOf } from "./markdown.ts";

/** A text in one language: its file, from the root of the repository. */
export interface Source {
  file: string;
  text: string;
}

/** A page of the site. */
export interface Page {
  /** Its address in English without a suffix; in Spanish below `es/`. */
  id: string;
  section: { en: string; es: string };
  title: { en: string; es: string };
  en: Source;
  /** null: not translated yet. */
  es: Source | null;
}

/** Every page of the site, in the order of its navigation. `root` is that of the repository. */
export function allPages(root: string): Page[] {
  const read = (file: string): Source => ({ file, text: readFileSync(join(root, file), "utf8") });
  const page = (
    id: string,
    file: string,
    section: Page["section"],
    spanish?: string,
    english?: string,
  ): Page => {
    const en = read(file);
    const translated = file.replace(/\.md$/, ".es.md");
    const es = existsSync(join(root, translated)) ? read(translated) : null;
    const heading = titleOf(en.text);
    const title = { en: english ?? heading, es: spanish ?? (es === null ? heading : titleOf(es.text)) };
    return { id, section, title, en, es };
  };
  const named = sections.flatMap(({ entries, ...section }) =>
    entries.map(([id, ...titles]) => page(id, elsewhere[id] ?? `docs/${id}.md`, section, ...titles)),
  );
  const others = namesIn(root, "docs")
    .filter((name) => /^[^.]+\.md$/.test(name) && !named.some(({ en }) => en.file === `docs/${name}`))
    .map((name) => page(name.slice(0, -3), `docs/${name}`, found.others));
  const examples = namesIn(root, "examples")
    .filter((name) => existsSync(join(root, "examples", name, "README.md")))
    .map((name) => page(`examples/${name}`, `examples/${name}/README.md`, found.examples));
  const decisions = namesIn(root, "docs/decisions")
    .filter((name) => name.endsWith(".md"))
    .map((name) => page(`decisions/${name.slice(0, -3)}`, `docs/decisions/${name}`, found.decisions));
  return [...named, ...others, ...examples, ...decisions];
}

const namesIn = (root: string, folder: string) => readdirSync(join(root, folder)).sort();
