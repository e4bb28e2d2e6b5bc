import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { dynamicImportsOf, importedWith, styleSheetsOf } from "./chunks.ts";

/**
 * Builds the dashboard and prints what a browser fetches, gzipped, before each page stands: the entry, what it imports, the texts of a language and
 * the page's own part.
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
// Everyone loads the texts of one language; the larger ones count.
const isCatalogue = (path: string) => path.startsWith("assets/catalogue-");
const catalogues = pages.filter(isCatalogue);
const sizes = [...new Set(pages)]
  .filter((page) => !isCatalogue(page))
  .map((page) => {
    const bytes = catalogues.map((one) => packed(importedWith([...entry, one, page], read)));
    return [page, Math.max(...bytes)] as const;
  });
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
