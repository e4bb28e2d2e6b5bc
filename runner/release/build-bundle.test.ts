import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type BundleManifest, buildBundle } from "./build-bundle.ts";

const folder = mkdtempSync(join(tmpdir(), "pulse-bundle-"));
const tree = join(folder, "tree");
let manifest: BundleManifest;
const archive = () => readFileSync(join(folder, manifest.bundles[0]?.file ?? ""));

beforeAll(async () => {
  manifest = await buildBundle(folder);
  mkdirSync(tree);
  execFileSync("tar", ["-xzf", join(folder, manifest.bundles[0]?.file ?? ""), "-C", tree]);
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs a program of the bundle where nothing of the repository is found. */
const start = (program: string, args: string[], env: Record<string, string> = {}) =>
  spawnSync(process.execPath, [join(tree, "app", program), ...args], {
    ...{ cwd: folder, encoding: "utf8", timeout: 60_000 },
    env: { PATH: process.env.PATH ?? "", PULSE_STATE_DIR: join(folder, "state"), ...env },
  });

test("the lists name the archive, its platform and its checksum", () => {
  const [bundle] = manifest.bundles;
  const sha256 = createHash("sha256").update(archive()).digest("hex");
  expect(bundle).toMatchObject({ sha256, bytes: archive().length, platform: `linux-${process.arch}` });
  expect(bundle?.file).toContain(sha256.slice(0, 16));
  expect(JSON.parse(readFileSync(join(folder, "manifest.json"), "utf8"))).toEqual(manifest);
  expect(readFileSync(join(folder, "manifest.txt"), "utf8")).toContain(
    `${sha256} ${bundle?.platform} ${bundle?.file}\n`,
  );
  // A static file of a Worker has at most 25 MiB.
  expect(archive().length).toBeLessThan(20 * 2 ** 20);
});

test("the runner in it starts without the repository, and says what it lacks", () => {
  const run = start("runner.js", ["enrol"], { PULSE_GATEWAY: "http://127.0.0.1:9" });
  expect(run.stderr).toContain("this runner is not enrolled: set PULSE_ENROLMENT_TOKEN");
  expect(run.status).toBe(1);
});

test("the engine proxy in it starts", () => {
  const run = start("engine-proxy.js", ["--healthy"], { PULSE_ENGINE_PROXY: join(folder, "none.sock") });
  expect(run.stderr).toMatch(/^engine proxy: .*ENOENT/);
  expect(run.status).toBe(1);
});

test("files that the runner hands to other programs stand where it looks for them", () => {
  for (const path of [
    ...["runtimes/typescript/bootstrap.mjs", "runtimes/python/bootstrap.py"],
    ...["runtimes/typescript/Dockerfile", "runner/src/sandbox/install/inside/install-npm.mjs"],
    ...["runner/src/sandbox/custom/inside/companion.py", "app/thread.js"],
  ])
    expect(readFileSync(join(tree, path)).length).toBeGreaterThan(100);
  expect(readFileSync(join(tree, "app/runner.js"), "utf8")).not.toMatch(/new URL\("[^"]*\.ts", import\.meta/);
  const version = execFileSync(join(tree, `node_modules/@esbuild/linux-${process.arch}/bin/esbuild`), [
    "--version",
  ]);
  expect(version.toString().trim()).toMatch(/^\d+\.\d+\.\d+$/);
});

test("the licences of what is in it are in it", () => {
  const text = readFileSync(join(tree, "licences.txt"), "utf8");
  for (const name of ["undici", "jose", "dockerode", "zod"])
    expect(text).toMatch(new RegExp(`^${name} \\d`, "m"));
});

test("systemd understands the units in it", () => {
  if (spawnSync("systemd-analyze", ["--version"]).status !== 0) {
    process.stdout.write("systemd-analyze is missing: the units of the bundle are not verified\n");
    return;
  }
  const units = ["pulse-runner.service", "pulse-engine-proxy.service"];
  const place = join(folder, "units");
  mkdirSync(place);
  for (const unit of units) {
    const text = readFileSync(join(tree, "install", unit), "utf8");
    expect(text).toMatch(
      /^ExecStart=\/opt\/pulse-runner\/(pulse-runner once|bin\/node .*engine-proxy\.js)$/m,
    );
    writeFileSync(join(place, unit), text.replace(/^ExecStart=\S+/m, `ExecStart=${process.execPath}`));
  }
  writeFileSync(join(place, "docker.service"), `[Service]\nExecStart=${process.execPath}\n`);
  const paths = units.map((unit) => join(place, unit));
  const said = spawnSync("systemd-analyze", ["verify", "--man=no", "--recursive-errors=no", ...paths], {
    encoding: "utf8",
    env: { ...process.env, SYSTEMD_UNIT_PATH: `${place}:` },
  });
  expect(said.stderr.split("\n").filter((line) => line.includes("pulse-"))).toEqual([]);
  expect(said.status).toBe(0);
});
