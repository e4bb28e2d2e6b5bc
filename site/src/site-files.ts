import { posix } from "node:path";
import { untranslated } from "./catalogue.ts";
import { anchorsOf, linesOf, replaceLinks } from "./markdown.ts";
import type { Page, Source } from "./pages.ts";

export type Language = "en" | "es";

/** A file of the site, by its path there: what a page is made of, and its plain twin. */
export interface SiteFile {
  path: string;
  text: string;
}

/** A link of a page that leads nowhere. */
export interface DeadLink {
  file: string;
  target: string;
}

/** Where a page stands in a language. */
export const pathOf = (page: Page, language: Language) =>
  language === "es" ? `es/${page.id}.md` : `${page.id}.md`;

/**
 * Every page in every language with its links as they are on the site, and links that lead nowhere. `isThere` tells whether the repository has
 * a file or folder: what is there and is no page is named instead of linked.
 */
export function siteFiles(
  pages: readonly Page[],
  isThere: (file: string) => boolean,
): { files: SiteFile[]; dead: DeadLink[] } {
  const sources = new Map(pages.flatMap((page) => sourcesOf(page)));
  const anchors = new Map([...sources].map(([file, { source }]) => [file, anchorsOf(source.text)]));
  const dead: DeadLink[] = [];

  /** Where a link of a text leads on the site; null: to something that is no page. */
  const destination = (page: Page, from: Source, language: Language, file: string, anchor: string) => {
    const target = sources.get(file) ?? sources.get(posix.join(file, "README.md"));
    if (target === undefined) return null;
    const hash = anchor === "" ? "" : `#${anchor}`;
    const knows = (source: Source) => anchor === "" || anchors.get(source.file)?.has(anchor) === true;
    if (!knows(target.source)) dead.push({ file: from.file, target: `${file}${hash}` });
    // To one's own page in the other language, to a text that has the anchor, else within the language.
    const shown = language === "es" ? (target.page.es ?? target.page.en) : target.source;
    const stays = target.page !== page && knows(shown);
    const to = target.language === "es" || (stays && language === "es") ? "es" : "en";
    return `${pathOf(target.page, to)}${hash}`;
  };

  const file = (page: Page, language: Language): SiteFile => {
    const source = language === "es" ? (page.es ?? page.en) : page.en;
    const path = pathOf(page, language);
    const text = replaceLinks(withoutOther(source.text), (label, target) => {
      if (/^[a-z]+:|^#/.test(target)) {
        if (target.startsWith("#") && anchors.get(source.file)?.has(target.slice(1)) !== true)
          dead.push({ file: source.file, target });
        return `[${label}](${target})`;
      }
      const [to = "", anchor = ""] = target.split("#");
      const repositoryFile = posix.join(posix.dirname(source.file), to).replace(/\/$/, "");
      const found = destination(page, source, language, repositoryFile, anchor);
      if (found !== null) return `[${label}](${relative(path, found)})`;
      if (!isThere(repositoryFile)) dead.push({ file: source.file, target });
      return label.includes(repositoryFile) ? label : `${label} (\`${repositoryFile}\`)`;
    });
    const note = language === "es" && page.es === null;
    return { path, text: withFileNames(note ? text.replace(/^(# .*\n)/m, `$1\n${untranslated}\n`) : text) };
  };

  const files = pages.flatMap((page) => [file(page, "en"), file(page, "es")]);
  return { files, dead };
}

interface Known {
  page: Page;
  source: Source;
  language: Language;
}

function sourcesOf(page: Page): [string, Known][] {
  const all: [string, Known][] = [[page.en.file, { page, source: page.en, language: "en" }]];
  if (page.es !== null) all.push([page.es.file, { page, source: page.es, language: "es" }]);
  return all;
}

function relative(from: string, to: string): string {
  const path = posix.relative(posix.dirname(from), to.replace(/#.*/, ""));
  return `${path.startsWith(".") ? "" : "./"}${path}${/#.*/.exec(to)?.[0] ?? ""}`;
}

/** "```yaml release.yaml" as the site titles a block: "```yaml [release.yaml]". */
function withFileNames(text: string): string {
  return linesOf(text)
    .map(({ line, isCode }) => (isCode ? line.replace(/^(```\w+) ([\w./-]+)$/, "$1 [$2]") : line))
    .join("\n");
}

/** A page without the line that leads to it in the other language: the site has a menu for that. */
const withoutOther = (text: string) => text.replace(/^\[(?:Español|English)\]\([^)\s]+\)\n\n/m, "");
