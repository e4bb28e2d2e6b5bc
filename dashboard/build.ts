import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { stampOf } from "./build-stamp.ts";

/** Builds the dashboard into `dist`, and into `dist/install` the runner that the gateway hands out. With `--if-stale` only when its sources changed since the last build. */
const root = fileURLToPath(new URL(".", import.meta.url));
const dist = join(root, "dist");
// Its own for each build: two may run at once.
const next = join(root, `node_modules/.dist-${process.pid}`);
const stampFile = join(dist, "stamp");

const stamp = stampOf(root);
const isFresh = existsSync(stampFile) && readFileSync(stampFile, "utf8") === stamp;
if (!isFresh || !process.argv.includes("--if-stale")) {
  // Only now: to find that nothing changed takes no bundler.
  const { build } = await import("vite");
  const started = performance.now();
  // Beside it, then in its place: whoever reads meanwhile sees the one or the other.
  await build({ configFile: join(root, "vite.config.ts"), logLevel: "warn", build: { outDir: next } });
  for (const name of readdirSync(next, { recursive: true, encoding: "utf8" })) {
    const path = join(next, name);
    // Packed once here, so that no request waits for it.
    if (/\.(js|css|html|svg)$/.test(name))
      writeFileSync(`${path}.gz`, gzipSync(readFileSync(path), { level: 9 }));
  }
  // The runner that goes with this gateway, for the line of the add-a-runner dialog.
  execFileSync(process.execPath, [join(root, "../runner/release/main.ts"), join(next, "install")]);
  writeFileSync(join(next, "stamp"), stamp);
  rmSync(dist, { recursive: true, force: true });
  renameSync(next, dist);
  process.stdout.write(`dashboard built in ${((performance.now() - started) / 1000).toFixed(1)} s\n`);
}
