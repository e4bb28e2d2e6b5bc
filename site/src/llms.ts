import { posix } from "node:path";
import { about } from "./catalogue.ts";
import { firstSentence } from "./markdown.ts";
import type { Page } from "./pages.ts";
import { type Language, pathOf } from "./site-files.ts";

/** `llms.txt` of a language (llmstxt.org): every page by section, as a link to its Markdown with its first sentence. */
export function llmsText(pages: readonly Page[], language: Language): string {
  const names = [...new Set(pages.map(({ section }) => section[language]))];
  const parts = names.map((name) => {
    const rows = pages
      .filter(({ section }) => section[language] === name)
      .map((page) => rowOf(page, language));
    return `## ${name}\n\n${rows.join("\n")}\n`;
  });
  const other =
    language === "en"
      ? "## Optional\n\n- [Español](es/llms.txt): the same in Spanish, as far as it is translated\n"
      : "## Optional\n\n- [English](../llms.txt): lo mismo en inglés, completo\n";
  return `# Pulse\n\n> ${about[language]}\n\n${parts.join("\n")}\n${other}`;
}

function rowOf(page: Page, language: Language): string {
  const source = language === "es" ? (page.es ?? page.en) : page.en;
  const path = posix.relative(language === "es" ? "es" : "", pathOf(page, language));
  const says = firstSentence(source.text);
  return `- [${page.title[language]}](${path})${says === "" ? "" : `: ${says}`}`;
}
