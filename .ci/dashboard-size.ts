import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join, parse } from "node:path";
import { gzipSync } from "node:zlib";
import { lazyPartsOf } from "../dashboard/lazy-parts.ts";
import { dynamicImportsOf, importedWith, styleSheetsOf } from "./chunks.ts";

/**
 * Builds the dashboard and prints what a browser fetches, gzipped, before each page stands: the entry, what it imports, the texts of the page's
 * places in one language and the page's own part.
 * Fails when the JavaScript of one of them or all stylesheets together are over the budget.
 */
const mostScriptBytes = 90_000;
const mostStyleBytes = 15_000;
const root = new URL("..", import.meta.url).pathname;
const dist = join(root, "dashboard/dist");

const build = spawnSync(process.execPath, [join(root, "dashboard/build.ts"), "--if-stale"], {
  stdio: "inherit",
});
if (build.status !== 0) throw new Error(`the build of the dashboard ended with ${build.status}`);

const read = (path: string) => readFileSync(join(dist, path), "utf8");
const packed = (paths: Iterable<string>) =>
  [...paths].reduce((sum, path) => sum + gzipSync(readFileSync(join(dist, path)), { level: 9 }).length, 0);
const kilobytes = (bytes: number) => `${(bytes / 1000).toFixed(1)} kB`;

const html = read("index.html");
const scripts = [...html.matchAll(/(?:<script[^>]* src|<link rel="modulepreload"[^>]* href)="\/([^"]+)"/g)];
const entry = importedWith(
  scripts.flatMap(([, path]) => path ?? []),
  read,
);
const pages = [...entry].flatMap((path) => dynamicImportsOf(path, read(path)));
const isWords = (path: string) => path.startsWith("assets/words-");
const wordsOf = (places: readonly string[], language: string) =>
  pages.filter((path) => places.some((place) => path.startsWith(`assets/words-${language}-${place}-`)));
// Everyone loads the texts of one language; the larger ones count.
const withWords = (paths: readonly string[], places: readonly string[]) =>
  Math.max(
    ...["en", "es"].map((language) =>
      packed(importedWith([...entry, ...wordsOf(["shell", ...places], language), ...paths], read)),
    ),
  );
const parts = lazyPartsOf(join(root, "dashboard/src/app.tsx"));
const sizes = [...new Set(pages)]
  .filter((page) => !isWords(page))
  .map((page) => {
    const part = parts.find(({ module }) => page.startsWith(`assets/${parse(module).name}-`));
    return [page, withWords([page], part?.words ?? [])] as const;
  });
const unnamed = parts.filter(
  ({ module }) => !sizes.some(([page]) => page.startsWith(`assets/${parse(module).name}-`)),
);
if (unnamed.length > 0)
  throw new Error(`no chunk of the build holds ${unnamed.map(({ module }) => module).join(", ")}`);
const style = packed(styleSheetsOf(html, pages.map(read)));

process.stdout.write(
  `the dashboard's entry has ${kilobytes(packed(entry))} of JavaScript gzipped, and with its texts and\n`,
);
for (const [page, bytes] of sizes.sort(([, a], [, b]) => b - a))
  process.stdout.write(`  ${kilobytes(bytes).padStart(9)}  ${page}\n`);
process.stdout.write(`at most ${kilobytes(mostScriptBytes)}; `);
process.stdout.write(`its CSS has ${kilobytes(style)}, at most ${kilobytes(mostStyleBytes)}\n`);
const largest = Math.max(packed(entry), ...sizes.map(([, bytes]) => bytes));
if (largest > mostScriptBytes || style > mostStyleBytes) process.exitCode = 1;
