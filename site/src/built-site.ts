import { posix } from "node:path";

/** What a built site should have; paths are from its folder. */
export interface Expected {
  /** Every page, such as `es/functions.html`. */
  pages: readonly { path: string; language: "en" | "es" }[];
  /** The path of the site on its host, with slashes at both ends. */
  base: string;
}

const indexes = [
  { language: "en", file: /^assets\/chunks\/@localSearchIndexroot\..+\.js$/ },
  { language: "es", file: /^assets\/chunks\/@localSearchIndexes\..+\.js$/ },
] as const;

/**
 * What is wrong with a built site, a line each: pages that are not there or not in their language, without a plain twin, not in the search of
 * their language, not in `llms.txt` or not to be reached by links from the first page; links that lead nowhere; and whatever is loaded from
 * another host. `files` has every file by its path; the text of what is no text does not matter.
 */
export function siteFaults(files: ReadonlyMap<string, string>, { pages, base }: Expected): string[] {
  const views = new Map(
    [...files].flatMap(([path, html]) =>
      path.endsWith(".html") ? [[path, viewOf(path, html, base)] as const] : [],
    ),
  );
  const faults = pages.flatMap(({ path, language }) => {
    const view = views.get(path);
    if (view === undefined) return [`${path} is not there`];
    const twin = path.replace(/\.html$/, ".md");
    const found: string[] = [];
    if (view.language !== language) found.push(`${path} says that it is in "${view.language}"`);
    if (view.title === "") found.push(`${path} has no heading of the first level`);
    if (!files.get(twin)?.startsWith("# ")) found.push(`${path} has no plain twin ${twin}`);
    return found;
  });
  for (const [path, view] of views) {
    for (const address of view.loaded) faults.push(`${path} loads ${address} from elsewhere`);
    for (const { to, anchor } of view.links) {
      const target = views.get(to);
      if (target === undefined && !files.has(to)) faults.push(`${path} links to ${to}, which is not there`);
      else if (anchor !== "" && target?.ids.has(anchor) === false)
        faults.push(`${path} links to ${to}#${anchor}, which has no such heading`);
    }
  }
  const reached = reachedFrom("index.html", views);
  for (const { path } of pages)
    if (views.has(path) && !reached.has(path)) faults.push(`no link leads from the first page to ${path}`);
  return [...faults, ...searchFaults(files, pages, base), ...listFaults(files, pages)];
}

/** What is read of a page. */
interface View {
  language: string;
  title: string;
  /** Links within the site. */
  links: { to: string; anchor: string }[];
  /** Scripts, styles, fonts and images of other hosts. */
  loaded: string[];
  ids: Set<string>;
}

const groups = (text: string, pattern: RegExp): string[] =>
  [...text.matchAll(pattern)].map(([, group = ""]) => group);
const plain = (text: string) =>
  text.replaceAll("&amp;", "&").replaceAll("&quot;", '"').replaceAll("&#39;", "'");

function viewOf(path: string, html: string, base: string): View {
  const loads = [
    ...groups(html, /<(?:script|img|iframe|source)\b[^>]*\ssrc="([^"]*)"/g),
    ...groups(html, /<link\b(?![^>]*rel="(?:alternate|canonical)")[^>]*\shref="([^"]*)"/g),
  ];
  const targets = groups(html, /<a\b[^>]*\shref="([^"]*)"/g).map(plain);
  return {
    language: /<html lang="([^"]*)"/.exec(html)?.[1] ?? "",
    title: (/<h1\b[^>]*>(.*?)<\/h1>/s.exec(html)?.[1] ?? "").replace(/<[^>]*>/g, "").trim(),
    links: targets.filter((target) => !/^[a-z]+:/.test(target)).map((target) => within(path, target, base)),
    loaded: loads.filter((address) => /^(?:[a-z]+:)?\/\//.test(address)),
    ids: new Set(groups(html, /\sid="([^"]*)"/g).map(plain)),
  };
}

/** The file that a link leads to; one out of the site keeps its slash, and so is found nowhere. */
function within(from: string, target: string, base: string): { to: string; anchor: string } {
  const [given = "", hash = ""] = target.split("#");
  const path = given.replace(/\?.*$/, "");
  const anchor = decodeURIComponent(hash);
  if (path === "") return { to: from, anchor };
  const full = path.startsWith("/")
    ? path.startsWith(base)
      ? path.slice(base.length)
      : path
    : posix.join(posix.dirname(from), path);
  if (full === "" || full === "./") return { to: "index.html", anchor };
  return { to: full.endsWith("/") ? `${full}index.html` : full, anchor };
}

function reachedFrom(first: string, views: ReadonlyMap<string, View>): Set<string> {
  const reached = new Set<string>([first]);
  // What is added while it is gone through is gone through too.
  for (const path of reached) for (const { to } of views.get(path)?.links ?? []) reached.add(to);
  return reached;
}

/** Each language searches an index of its own; every page of it is there. */
function searchFaults(files: ReadonlyMap<string, string>, pages: Expected["pages"], base: string): string[] {
  return indexes.flatMap(({ language, file }) => {
    const index = [...files].find(([path]) => file.test(path))?.[1];
    if (index === undefined) return [`there is no search in "${language}"`];
    return pages
      .filter((page) => page.language === language)
      .map(({ path }) => base + path.replace(/(^|\/)index\.html$/, "$1"))
      .filter((address) => !index.includes(`"${address}#`) && !index.includes(`"${address}"`))
      .map((address) => `the search in "${language}" does not know ${address}`);
  });
}

/** `llms.txt` and `es/llms.txt` name the plain twin of every page of theirs, and nothing that is not there. */
function listFaults(files: ReadonlyMap<string, string>, pages: Expected["pages"]): string[] {
  return (["llms.txt", "es/llms.txt"] as const).flatMap((list) => {
    const text = files.get(list);
    if (text === undefined) return [`there is no ${list}`];
    const named = new Set(
      groups(text, /\]\(([^)]+)\)/g).map((path) => posix.join(posix.dirname(list), path)),
    );
    const wanted = pages
      .filter(({ language }) => language === (list === "llms.txt" ? "en" : "es"))
      .map(({ path }) => path.replace(/\.html$/, ".md"));
    return [
      ...wanted.filter((path) => !named.has(path)).map((path) => `${list} does not name ${path}`),
      ...[...named]
        .filter((path) => !files.has(path))
        .map((path) => `${list} names ${path}, which is not there`),
    ];
  });
}
