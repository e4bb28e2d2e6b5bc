import { posix } from "node:path";
import { blocksOf, linesOf, replaceLinks } from "./markdown.ts";
import type { Page, Source } from "./pages.ts";

/** What a Spanish page lacks, has too much of, or links to in English though it is there in Spanish; [] for a faithful twin. `pages` are all of the site. */
export function twinFaults(page: Page, pages: readonly Page[]): string[] {
  const { en, es } = page;
  if (es === null) return [];
  return [
    ...differences("heading", headingsOf(en.text).map(levelOf), headingsOf(es.text).map(levelOf)),
    ...differences("block", codeOf(en.text), codeOf(es.text)),
    ...differences("row of a table", rowsOf(en.text), rowsOf(es.text)),
    ...differences("linked page", linkedFrom(en), linkedFrom(es)),
    ...differences("command in a sentence", mentionsOf(en.text), mentionsOf(es.text)),
    ...linksOf(es).flatMap((link) => strayLink(link, page, pages)),
  ];
}

/** Where two lists first part, in words. */
function differences(what: string, en: readonly string[], es: readonly string[]): string[] {
  const at = en.findIndex((one, i) => one !== es[i]);
  const first = at >= 0 ? at : en.length;
  if (at < 0 && es.length === en.length) return [];
  return [
    `${what} ${first + 1} of ${en.length}: ${en[first] ?? "nothing"}, in Spanish ${es[first] ?? "nothing"}`,
  ];
}

const headingsOf = (text: string) =>
  linesOf(text).flatMap(({ line, isCode }) => (!isCode && /^#{1,6} /.test(line) ? [line] : []));

const levelOf = (heading: string) => heading.slice(0, heading.indexOf(" "));

/** What is said in comments and placeholders is in the language of its page, and so is a drawing. */
const codeOf = (text: string) =>
  blocksOf(text).map(({ language, file, text: code }) => {
    const own = language === "text" ? "" : code.replace(/ *# .*$|<\p{L}[\p{L} -]*>/gmu, "");
    return `\`\`\`${language} ${file ?? ""}\n${own}`;
  });

/** Each row by its number of cells. */
const rowsOf = (text: string) =>
  linesOf(text).flatMap(({ line, isCode }) =>
    isCode || !line.startsWith("|") ? [] : [`${line.match(/(?<!\\)\|/g)?.length} bars`],
  );

/** Pages and files that a text links to, from the root of the repository, but for the line that leads to the other language. */
function linksOf({ file, text }: Source): string[] {
  const links: string[] = [];
  replaceLinks(text, (label, target) => {
    const isOther = label === "Español" || label === "English";
    const [to = "", anchor] = target.split("#");
    const whole = to === "" ? file : posix.join(posix.dirname(file), to);
    if (!isOther && !/^[a-z]+:/.test(target)) links.push(anchor === undefined ? whole : `${whole}#${anchor}`);
    return "";
  });
  return links;
}

/** The pages that a text links to, whatever the language and the heading: words of a sentence may change places, so in the order of their names. */
const linkedFrom = (source: Source) =>
  linksOf(source)
    .map((link) => link.replace(/#.*/, "").replace(/\.es\.md$/, ".md"))
    .sort();

/** Commands that sentences name, without their placeholders, in the order of the alphabet. */
const mentionsOf = (text: string) =>
  linesOf(text)
    .flatMap(({ line, isCode }) =>
      isCode ? [] : (line.match(/`(?:pulse|npx|docker|sudo|curl) [^`]+`/g) ?? []),
    )
    .map((span) => span.replace(/<[^>]*>/g, "<>"))
    .sort();

/** A link to a page in English that is there in Spanish. */
function strayLink(link: string, page: Page, pages: readonly Page[]): string[] {
  const [file = ""] = link.split("#");
  const target = pages.find(({ en }) => en.file === file);
  if (target === undefined || target.es === null || target === page) return [];
  return [`links to ${file}, which is there in Spanish as ${target.es.file}`];
}
