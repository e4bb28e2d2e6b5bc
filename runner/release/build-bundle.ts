import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, realpath, stat, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { pulseVersion } from "@pulse/schema/version";
import { protocolVersion } from "@pulse/schema/wire/runner-protocol";
import { build, type Metafile, type Plugin } from "esbuild";
import { pack } from "tar-stream";

const repository = fileURLToPath(new URL("../..", import.meta.url));
const require = createRequire(import.meta.url);

/** The oldest Node that runs a bundle: what its HTTP client asks for. */
export const leastNode = "22.19.0";

/** What a gateway says of the runner that it has. */
export interface BundleManifest {
  version: string;
  protocol: number;
  /** The oldest Node that runs it. */
  node: string;
  bundles: { platform: string; file: string; sha256: string; bytes: number }[];
}

/** A file of an archive: its path there, its content, and whether it is a program. */
interface Entry {
  name: string;
  content: Uint8Array;
  isProgram: boolean;
}

/** What is copied as it is, since containers and other programs read it. */
const copied = [
  ...["runtimes/typescript", "runtimes/python"],
  ...["runner/src/sandbox/install/inside", "runner/src/sandbox/custom/inside"],
];

/**
 * Writes what a gateway serves under `/install/` into a folder: one archive of the runner for the platform of this machine, named by its content,
 * the list of them (`manifest.json`, `manifest.txt`) and the script that installs one. The same sources make the same bytes.
 */
export async function buildBundle(folder: string): Promise<BundleManifest> {
  const platform = `${process.platform}-${process.arch}`;
  const entries = [...(await programs()), ...(await bundler(platform)), ...(await texts(platform))];
  for (const place of copied) entries.push(...(await filesUnder(place)));
  const archive = await archiveOf(entries);
  const sha256 = createHash("sha256").update(archive).digest("hex");
  const file = `pulse-runner-${platform}-${sha256.slice(0, 16)}.tar.gz`;
  const manifest: BundleManifest = {
    ...{ version: pulseVersion, protocol: protocolVersion, node: leastNode },
    bundles: [{ platform, file, sha256, bytes: archive.length }],
  };
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, file), archive);
  await writeFile(join(folder, "manifest.json"), `${JSON.stringify(manifest)}\n`);
  // For a shell, which reads no JSON.
  const lines = manifest.bundles.map((one) => `${one.sha256} ${one.platform} ${one.file}\n`);
  await writeFile(
    join(folder, "manifest.txt"),
    `node ${leastNode}\nversion ${pulseVersion}\n${lines.join("")}`,
  );
  await writeFile(join(folder, "runner.sh"), await readFile(join(repository, "install/runner/runner.sh")));
  return manifest;
}

/** What packages in CommonJS find around them. */
const commonJs = [
  'import{createRequire as __pulseRequire}from"node:module"',
  'import{fileURLToPath as __pulsePath}from"node:url"',
  "const require=__pulseRequire(import.meta.url)",
  "const __filename=__pulsePath(import.meta.url)",
  'const __dirname=__pulsePath(new URL(".",import.meta.url))',
].join(";");

/** The runner, its renewal thread and the engine proxy as JavaScript, with every package but the native bundler of functions. */
async function programs(): Promise<Entry[]> {
  const { outputFiles, metafile } = await build({
    absWorkingDir: repository,
    entryPoints: {
      runner: "runner/src/main.ts",
      thread: "runner/src/renewal/thread.ts",
      "engine-proxy": "runner/src/engine-proxy/main.ts",
    },
    outdir: "app",
    ...{ bundle: true, splitting: true, write: false, metafile: true, logLevel: "silent" },
    ...{ format: "esm", platform: "node", target: `node${leastNode}` },
    legalComments: "none",
    // dockerode asks for natives that only speed ssh up, and goes on without.
    external: ["esbuild", "cpu-features", "*.node"],
    define: { "import.meta.main": "true" },
    banner: { js: commonJs },
    plugins: [ownPlaces],
  });
  const found = outputFiles.map(({ path, contents }) => ({
    ...{ name: relative(repository, path), content: contents, isProgram: false },
  }));
  return [
    ...found,
    textEntry("app/package.json", '{"type":"module"}\n'),
    textEntry("licences.txt", await licences(metafile)),
  ];
}

/** Files that a source names beside itself: in the archive the programs stand in `app`, and what they name where it is in the repository. */
const ownPlaces: Plugin = {
  name: "own-places",
  setup(setup) {
    setup.onLoad({ filter: /\/runner\/src\/.*\.ts$/ }, async ({ path }) => {
      const text = await readFile(path, "utf8");
      if (!text.includes("import.meta.url")) return undefined;
      const place = JSON.stringify(relative(repository, path));
      const root = 'new URL("../", import.meta.url)';
      const contents = text.replace(
        /new URL\("\.\/([a-z-]+)\.ts", (import\.meta\.url)\)|import\.meta\.url/g,
        (_, entry) =>
          entry === undefined
            ? `new URL(${place}, ${root}).href`
            : `new URL("./${entry}.js", import.meta.url)`,
      );
      return { contents, loader: "ts" };
    });
  },
};

/** esbuild with its program for a platform: TypeScript functions are bundled on the runner. */
async function bundler(platform: string): Promise<Entry[]> {
  const main = dirname(require.resolve("esbuild/package.json"));
  const native = dirname(
    createRequire(await realpath(join(main, "package.json"))).resolve(`@esbuild/${platform}/package.json`),
  );
  const of = async (folder: string, name: string, files: readonly string[]) =>
    Promise.all(
      files.map(async (file) => ({
        name: `node_modules/${name}/${file}`,
        content: await readFile(join(folder, file)),
        isProgram: file.startsWith("bin/"),
      })),
    );
  return [
    ...(await of(main, "esbuild", ["package.json", "lib/main.js", "LICENSE.md"])),
    ...(await of(native, `@esbuild/${platform}`, ["package.json", "bin/esbuild"])),
  ];
}

/** The launcher, the units of systemd as they are with it, and what the bundle is. */
async function texts(platform: string): Promise<Entry[]> {
  const read = (path: string) => readFile(join(repository, path), "utf8");
  const about = { version: pulseVersion, protocol: protocolVersion, node: leastNode, platform };
  const launcher = textEntry("install/pulse-runner", await read("install/runner/pulse-runner"));
  return [
    { ...launcher, isProgram: true },
    textEntry("install/runner.sh", await read("install/runner/runner.sh")),
    textEntry("install/pulse-runner.service", runnerUnit(await read("install/systemd/pulse-runner.service"))),
    textEntry(
      "install/pulse-engine-proxy.service",
      engineUnit(await read("install/systemd/pulse-engine-proxy.service")),
    ),
    textEntry("bundle.json", `${JSON.stringify(about)}\n`),
    textEntry("LICENSE", await read("LICENSE")),
  ];
}

/** The runner's unit where a bundle was installed: started by the launcher, which goes back to the version before when a new one does not come up. */
export function runnerUnit(text: string): string {
  return text
    .replace(/^ExecStart=.*$/m, "ExecStart=/opt/pulse-runner/pulse-runner once")
    .replace(
      "`pnpm run stage runner --to /opt/pulse-runner` made what it runs",
      "The gateway's install script put it here",
    );
}

/** The engine proxy's unit where a bundle was installed: from a folder that the runner cannot write. */
export function engineUnit(text: string): string {
  const started = "/opt/pulse-runner/bin/node /opt/pulse-runner/engine/app/engine-proxy.js";
  return text.replace(/^ExecStart=.*$/m, `ExecStart=${started}`);
}

async function filesUnder(place: string): Promise<Entry[]> {
  const found = await readdir(join(repository, place), { recursive: true, withFileTypes: true });
  const paths = found
    .filter(
      (one) =>
        one.isFile() && !one.parentPath.includes("__pycache__") && !/\.(test|suite)\.ts$/.test(one.name),
    )
    .map((one) => join(one.parentPath, one.name));
  return Promise.all(
    paths.map(async (path) => ({
      name: relative(repository, path),
      content: await readFile(path),
      isProgram: ((await stat(path)).mode & 0o100) !== 0,
    })),
  );
}

/** The licences of the packages that became part of the programs. */
async function licences({ inputs }: Metafile): Promise<string> {
  const folders = new Set<string>();
  for (const path of Object.keys(inputs)) {
    const [folder] = /^.*\/node_modules\/(@[^/]+\/)?[^/]+/.exec(path) ?? [];
    if (folder !== undefined) folders.add(folder);
  }
  const parts = await Promise.all(
    [...folders].sort().map(async (folder) => {
      const names = await readdir(join(repository, folder));
      const { name, version, license } = JSON.parse(
        await readFile(join(repository, folder, "package.json"), "utf8"),
      );
      const file = names.find((one) => /^licen[cs]e/i.test(one));
      const text = file === undefined ? "" : await readFile(join(repository, folder, file), "utf8");
      return `${name} ${version} (${license})\n\n${text}\n`;
    }),
  );
  return parts.join(`${"-".repeat(80)}\n`);
}

function textEntry(name: string, text: string): Entry {
  return { name, content: new TextEncoder().encode(text), isProgram: false };
}

/** A packed archive without times or owners, in the order of names. */
async function archiveOf(entries: readonly Entry[]): Promise<Buffer> {
  const tar = pack();
  for (const { name, content, isProgram } of [...entries].sort((a, b) => (a.name < b.name ? -1 : 1))) {
    tar.entry({ name, mode: isProgram ? 0o755 : 0o644, mtime: new Date(0) }, Buffer.from(content));
  }
  tar.finalize();
  const parts: Buffer[] = [];
  // What a pack streams are buffers; its types do not say so.
  for await (const part of tar) parts.push(part as Buffer);
  return promisify(gzip)(Buffer.concat(parts), { level: 9 });
}
