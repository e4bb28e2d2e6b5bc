import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

/** Bundles the Worker as a deployment would, prints its gzipped size, and fails when it is over 1 MB (the free plan allows 3). */
const mostBytes = 1_000_000;
const root = new URL("..", import.meta.url).pathname;
const outdir = mkdtempSync(join(tmpdir(), "pulse-worker-"));
try {
  const wrangler = [
    join(root, "node_modules/wrangler/bin/wrangler.js"),
    "deploy",
    "--dry-run",
    "--outdir",
    outdir,
  ];
  const env = { ...process.env, WRANGLER_SEND_METRICS: "false", CLOUDFLARE_CF_FETCH_ENABLED: "false" };
  const { status, stdout, stderr } = spawnSync(process.execPath, wrangler, {
    cwd: root,
    env,
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`wrangler deploy --dry-run ended with ${status}\n${stdout}${stderr}`);
  const code = readFileSync(join(outdir, "worker.js"));
  const bytes = gzipSync(code).length;
  const kilobytes = (size: number) => `${(size / 1000).toFixed(0)} kB`;
  process.stdout.write(
    `the Worker has ${kilobytes(bytes)} gzipped (${kilobytes(code.length)} as it is); at most ${kilobytes(mostBytes)}\n`,
  );
  if (bytes > mostBytes) process.exitCode = 1;
} finally {
  rmSync(outdir, { recursive: true, force: true });
}
