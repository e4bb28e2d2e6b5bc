import { found } from "./catalogue.ts";
import type { Page } from "./pages.ts";
import { type Language, pathOf } from "./site-files.ts";

/** A group of the navigation as VitePress takes it. */
export interface Group {
  text: string;
  collapsed: boolean;
  items: { text: string; link: string }[];
}

const folded: readonly string[] = [found.examples.en, found.decisions.en];

/** The navigation of a language: every page, examples and decisions folded. */
export function sidebarOf(pages: readonly Page[], language: Language): Group[] {
  const groups = new Map<string, Group>();
  for (const page of pages) {
    const text = page.section[language];
    const group = groups.get(text) ?? { text, collapsed: folded.includes(page.section.en), items: [] };
    group.items.push({ text: page.title[language], link: `/${pathOf(page, language).replace(/\.md$/, "")}` });
    groups.set(text, group);
  }
  return [...groups.values()];
}
