import { createHash } from "node:crypto";
import { existsSync, realpathSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { basename, dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build, type Plugin } from "esbuild";

const repository = fileURLToPath(new URL("..", import.meta.url)).replace(/\/$/, "");

/** The programs that are made into few files each, by what stays of them in the name; all that starts as a process or a thread of its own. */
export const programSources: Readonly<Record<string, string>> = {
  gateway: "gateway/src/platform/node/main.ts",
  backup: "gateway/src/platform/node/backup-main.ts",
  runner: "runner/src/main.ts",
  renewal: "runner/src/renewal/thread.ts",
  policy: "runner/src/policy/policy-main.ts",
  commands: "runner/src/shell/commands-main.ts",
  images: "runner/src/images-main.ts",
  pulse: "cli/src/main.ts",
};

/** What packages in CommonJS find around them. */
const commonJs = [
  'import{createRequire as __pulseRequire}from"node:module"',
  "const require=__pulseRequire(import.meta.url),__filename=import.meta.filename,__dirname=import.meta.dirname",
].join(";");

/** Has a native part, so it stays the package that it is. */
const native = /^(libsql|esbuild|cpu-features|.*\.node)$/;

/** A file that was made: its name within the folder, and what is in it. */
interface Made {
  name: string;
  contents: Uint8Array;
}

/**
 * Makes the programs whose sources are in a checkout, or in a part of one, into few files for a folder that stands in it, and gives the name of each by
 * the path of its source. They start several times as fast as from their sources, of which Node reads some nine hundred one by one. What they find beside
 * a source (migrations, the dashboard, runtimes) they find there still. The same sources make the same files; takes a second or two.
 */
async function make(
  checkout: string,
  outdir: string,
): Promise<{ files: Made[]; programs: Map<string, string> }> {
  const there = Object.entries(programSources).filter(([, path]) => existsSync(join(checkout, path)));
  const named = new Map(there.map(([name, path]) => [join(checkout, path), name]));
  const { outputFiles } = await build({
    absWorkingDir: checkout,
    entryPoints: Object.fromEntries(there),
    ...{ outdir, outExtension: { ".js": ".mjs" }, chunkNames: "[name]-[hash]", write: false },
    ...{ bundle: true, splitting: true, format: "esm", platform: "node", target: "node26" },
    // Some packages have a form for browsers alone that bundles whole.
    mainFields: ["module", "main"],
    ...{ banner: { js: commonJs }, plugins: [ownPlaces(outdir, named), nativePackages(outdir)] },
    logLevel: "error",
  });
  const files = outputFiles.map(({ path, contents }) => ({ name: basename(path), contents }));
  return { files, programs: new Map(there.map(([name, path]) => [path, `${name}.mjs`])) };
}

/** Makes the programs of a staged installation, in its folder `programs`. */
export async function stagePrograms(installation: string): Promise<void> {
  const outdir = join(realpathSync(installation), "programs");
  const { files } = await make(dirname(outdir), outdir);
  await mkdir(outdir, { recursive: true });
  for (const { name, contents } of files) await writeFile(join(outdir, name), contents);
}

/** Makes the programs of this checkout in a folder within `place` that is named by their content; answers the path of each by the path of its source. */
export async function buildPrograms(place: string): Promise<Record<string, string>> {
  // As deep as the folder that they end in: the way from there to the sources.
  const { files, programs } = await make(repository, join(place, "programs"));
  const digest = createHash("sha256");
  for (const { name, contents } of files) digest.update(name).update(contents);
  const folder = join(place, `programs-${digest.digest("hex").slice(0, 16)}`);
  if (!existsSync(folder)) {
    await mkdir(place, { recursive: true });
    const next = await mkdtemp(join(place, "next-"));
    for (const { name, contents } of files) await writeFile(join(next, name), contents);
    // Whoever was quicker has made the same.
    await rename(next, folder).catch(() => rm(next, { recursive: true, force: true }));
  }
  return Object.fromEntries([...programs].map(([path, name]) => [path, join(folder, name)]));
}

/** Our sources know where they stand in the repository, and each other's programs as what they were made into. */
function ownPlaces(outdir: string, named: ReadonlyMap<string, string>): Plugin {
  return {
    name: "own-places",
    setup(setup) {
      setup.onLoad({ filter: /\/(gateway|runner|cli|schema)\/src\/.*\.ts$/ }, async ({ path }) => {
        const text = await readFile(path, "utf8");
        if (!text.includes("import.meta.url")) return undefined;
        const own = JSON.stringify(relative(outdir, path));
        const contents = text.replace(
          /new URL\("(\.[^"]+\.ts)", import\.meta\.url\)|import\.meta\.url/g,
          (_, to?: string) => {
            const program = to === undefined ? undefined : named.get(resolve(dirname(path), to));
            if (program !== undefined) return `new URL("./${program}.mjs", import.meta.url)`;
            const at = `new URL(${own}, import.meta.url).href`;
            return to === undefined ? at : `new URL(${JSON.stringify(to)}, ${at})`;
          },
        );
        return { contents, loader: "ts" };
      });
    },
  };
}

/** Packages with native parts are read from where pnpm put them for who asks. */
function nativePackages(outdir: string): Plugin {
  return {
    name: "native-packages",
    setup(setup) {
      setup.onResolve({ filter: native }, ({ path, importer }) => {
        try {
          const found = createRequire(importer).resolve(path);
          return { path: `./${relative(outdir, found)}`, external: true };
        } catch {
          // An optional one that is not installed: who asks for it does without.
          return { path, external: true };
        }
      });
    },
  };
}
