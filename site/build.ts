import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { build } from "vitepress";
import { siteFaults } from "./src/built-site.ts";
import { llmsText } from "./src/llms.ts";
import { allPages } from "./src/pages.ts";
import { siteFiles } from "./src/site-files.ts";

const site = import.meta.dirname;
const root = join(site, "..");
const prepared = join(site, ".cache/pages");

const write = (folder: string, path: string, text: string) => {
  const file = join(folder, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
};

const pages = allPages(root);
const { files, dead } = siteFiles(pages, (file) => existsSync(join(root, file)));
if (dead.length > 0)
  throw new Error(dead.map(({ file, target }) => `${file}: ${target} is not there`).join("\n"));

rmSync(prepared, { recursive: true, force: true });
for (const { path, text } of files) write(prepared, path, text);
await build(site);

// What programs read, beside what people read.
const dist = join(site, "dist");
for (const { path, text } of files) write(dist, path, text);
write(dist, "llms.txt", llmsText(pages, "en"));
write(dist, "es/llms.txt", llmsText(pages, "es"));

// What came of it, as a reader's browser is given it.
const built = readdirSync(dist, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => join(entry.parentPath, entry.name));
const faults = siteFaults(
  new Map(built.map((file) => [file.slice(dist.length + 1), readFileSync(file, "utf8")])),
  {
    pages: files.map(({ path }) => ({
      path: path.replace(/\.md$/, ".html"),
      language: path.startsWith("es/") ? "es" : "en",
    })),
    base: process.env.PULSE_DOCS_BASE || "/",
  },
);
if (faults.length > 0) throw new Error(`site/dist is not whole:\n${faults.join("\n")}`);
process.stdout.write(
  `site/dist: ${files.length} pages, each found by links and by search, no link that leads nowhere\n`,
);
