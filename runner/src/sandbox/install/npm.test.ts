import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Workshop } from "../../work.ts";
import { dockerClient, engineAnswers } from "../docker.ts";
import { Builds, workshopOf } from "./builds.suite.ts";
import { type Registry, startRegistry } from "./registry.suite.ts";

const docker = await engineAnswers(dockerClient());
if (!docker && process.env.PULSE_E2E_DOCKER === "required")
  throw new Error("PULSE_E2E_DOCKER=required, but no Docker engine answers");
if (!docker) process.stderr.write("no Docker engine answers: installs in containers are not tested\n");

const limits = { ms: 90_000, bytes: 16 * 2 ** 20, files: 1500 };
const uses = (name: string) => `import { word } from "${name}";\nexport const handler = () => ({ word });\n`;
const manifest = (dependencies: Record<string, string>) => `${JSON.stringify({ dependencies }, null, 2)}\n`;
const saying = (word: string) => ({ "index.js": `export const word = ${JSON.stringify(word)};\n` });

describe.each(["process", "docker"] as const)("npm dependencies, %s sandbox", (kind) => {
  const runs = kind === "process" || docker;
  let folder: string;
  let workshop: Workshop;
  let registry: Registry;
  let builds: Builds;
  const before = process.env.npm_config_registry;
  beforeAll(async () => {
    if (!runs) return;
    folder = mkdtempSync(join(tmpdir(), "pulse-npm-"));
    workshop = await workshopOf(kind, folder, limits);
  }, 90_000);
  afterAll(async () => {
    await workshop?.stop();
    if (runs) rmSync(folder, { recursive: true, force: true });
  });
  beforeEach(async () => {
    registry = await startRegistry();
    process.env.npm_config_registry = registry.url;
    builds = new Builds(workshop, folder);
  });
  afterEach(() => {
    registry.close();
    if (before === undefined) delete process.env.npm_config_registry;
    else process.env.npm_config_registry = before;
  });
  const publish = (name: string, version: string, files = saying(`${name} ${version}`), more = {}) =>
    registry.npm({ manifest: { name, version, type: "module", main: "index.js", ...more }, files });
  const it = test.skipIf(!runs);

  it("are installed without a lock, and the lock that was made is kept with them", async () => {
    await publish("first", "1.2.3");
    const { end, link, version } = await builds.build({
      "index.js": uses("first"),
      "package.json": manifest({ first: "^1.0.0" }),
    });
    expect(end, link.text).toMatchObject({ status: "succeeded", built: { deps: link.uploads[0] } });
    expect(await builds.call(version, link.uploads[0] ?? "")).toEqual({ word: "first 1.2.3" });
    const files = await builds.filesOf(link.uploads[0] ?? "");
    expect(files.get("node_modules/.package-lock.json")).toContain("1.2.3");
    expect(link.text).toContain("$ npm install");
  }, 60_000);

  it("are what sources import as npm:", async () => {
    await publish("@scope/second", "2.0.1");
    await publish("@scope/second", "3.0.0");
    const { end, link, version } = await builds.build({ "index.js": uses("npm:@scope/second@2") });
    expect(end, link.text).toMatchObject({ status: "succeeded" });
    expect(await builds.call(version, link.uploads[0] ?? "")).toEqual({ word: "@scope/second 2.0.1" });
  }, 60_000);

  it("are installed once for functions with the same ones, at the same time and later", async () => {
    await publish("shared", "1.0.0");
    const bundle = (word: string) => ({
      "index.js": `${uses("shared")}// ${word}\n`,
      "package.json": JSON.stringify({ name: word, dependencies: { shared: "1" } }),
    });
    const first = await Promise.all([builds.build(bundle("a")), builds.build(bundle("b"))]);
    const asked = registry.asked.length;
    const later = await builds.build(bundle("c"));
    const all = [...first, later];
    expect(all.map(({ end }) => end.status)).toEqual(["succeeded", "succeeded", "succeeded"]);
    expect(new Set(all.map(({ end }) => end.built?.deps)).size).toBe(1);
    expect(all.flatMap(({ link }) => link.uploads)).toHaveLength(1);
    expect(registry.asked).toHaveLength(asked);
    expect(later.link.text).toContain("dependencies unchanged");
    const elsewhere = await builds.build(bundle("d"), { project: "prj_other" });
    expect(elsewhere.link.uploads, "another project finds nothing of this one").toHaveLength(1);
  }, 60_000);

  it("that do not exist fail the build with the line that asks for them", async () => {
    const { end } = await builds.build({
      "index.js": uses("missing-one"),
      "package.json": manifest({ "missing-one": "^1.0.0" }),
    });
    expect(end).toMatchObject({
      status: "failed",
      reason: "build_failed",
      permanent: true,
      error: {
        code: "build_failed",
        message: "the registry has no package missing-one",
        file: "package.json",
        line: 3,
      },
    });
  }, 60_000);

  it("without a version that fits fail the build with the line that asks for it", async () => {
    await publish("first", "1.2.3");
    const { end } = await builds.build({
      "index.js": uses("first"),
      "package.json": manifest({ first: "^9.0.0" }),
    });
    expect(end.error).toMatchObject({
      message: "the registry has no version of first that fits ^9.0.0",
      file: "package.json",
      line: 3,
    });
  }, 60_000);

  it("with another content than the lock holds fail the build", async () => {
    await publish("first", "1.2.3");
    const lock = {
      lockfileVersion: 3,
      packages: {
        "": { dependencies: { first: "1.2.3" } },
        "node_modules/first": {
          version: "1.2.3",
          resolved: `${registry.url}first/-/first-1.2.3.tgz`,
          integrity: `sha512-${Buffer.alloc(64, 7).toString("base64")}`,
        },
      },
    };
    const { end, link } = await builds.build({
      "index.js": uses("first"),
      "package.json": manifest({ first: "1.2.3" }),
      "package-lock.json": JSON.stringify(lock, null, 2),
    });
    expect(end.error, link.text).toMatchObject({
      code: "build_failed",
      message: "what the registry sent is not what the lock holds: an integrity hash differs",
      file: "package-lock.json",
      line: 12,
    });
    expect(link.uploads).toEqual([]);
  }, 60_000);

  it("are what the lock holds, not what is newest", async () => {
    const { integrity } = await publish("first", "1.2.3");
    await publish("first", "1.9.0");
    const resolved = `${registry.url}first/-/first-1.2.3.tgz`;
    const packages = {
      "": { dependencies: { first: "^1.0.0" } },
      "node_modules/first": { version: "1.2.3", resolved, integrity },
    };
    const { end, link, version } = await builds.build({
      "index.js": uses("first"),
      "package.json": manifest({ first: "^1.0.0" }),
      "package-lock.json": JSON.stringify({ lockfileVersion: 3, packages }),
    });
    expect(end, link.text).toMatchObject({ status: "succeeded" });
    expect(link.text).toContain("$ npm ci");
    expect(await builds.call(version, link.uploads[0] ?? "")).toEqual({ word: "first 1.2.3" });
  }, 60_000);

  it("run no install script, unless they are named, and then without credentials", async () => {
    // What a script can find of credentials: its environment, that of every process, files of the installer.
    const script = `
      import { writeFileSync, readdirSync, readFileSync } from "node:fs";
      const seen = [JSON.stringify(process.env), ...readdirSync(process.env.HOME)];
      for (const pid of readdirSync("/proc").filter((one) => /^\\d+$/.test(one))) {
        try { seen.push(readFileSync("/proc/" + pid + "/environ", "utf8")); } catch {}
      }
      console.log("\\u001b[31mscript runs\\u001b[0m");
      const found = seen.join(" ").match(/token-of-the-build-./g) ?? [process.env.npm_package_name];
      writeFileSync("index.js", "export const word = " + JSON.stringify(found) + ";");
    `;
    const scripts = { scripts: { postinstall: "node install.js", preinstall: "node install.js" } };
    await publish("eager", "1.0.0", { ...saying("untouched"), "install.js": script } as never, scripts);
    const bundle = {
      "index.js": uses("eager"),
      "package.json": manifest({ eager: "1" }),
      ".npmrc": "ignore-scripts=false\nscript-shell=/bin/true\n",
    };
    const off = await builds.build(bundle);
    expect(off.end, off.link.text).toMatchObject({ status: "succeeded" });
    expect(await builds.call(off.version, off.link.uploads[0] ?? "")).toEqual({ word: "untouched" });
    expect(off.link.text).toContain('not read: "ignore-scripts" of .npmrc, "script-shell" of .npmrc');
    const secrets = { NPM_TOKEN: "token-of-the-build-9" };
    const settings = { allowInstallScripts: ["eager"], buildSecrets: ["NPM_TOKEN"] };
    const on = await builds.build(bundle, { settings, secrets });
    expect(on.end, on.link.text).toMatchObject({ status: "succeeded" });
    expect(on.link.text).toContain("script runs");
    expect(on.link.text).not.toContain("\u001b");
    expect(await builds.call(on.version, on.link.uploads[0] ?? "")).toEqual({ word: ["eager"] });
  }, 60_000);

  it("of a private registry come with a credential that reaches only their install", async () => {
    const token = "secret-of-the-registry-77";
    const { host } = new URL(registry.url);
    await publish("closed", "1.0.0");
    registry.require = `Bearer ${token}`;
    const bundle = {
      "index.js": `import { word } from "closed";\nexport const handler = (_, ctx) => ({ word, secrets: ctx.secrets, env: { ...process.env } });\n`,
      "package.json": manifest({ closed: "1" }),
      // biome-ignore lint/suspicious/noTemplateCurlyInString: npm puts the environment's value there.
      ".npmrc": ["//HOST/:_authToken=${NPM_TOKEN}", ""].join("\n").replace("HOST", host),
    };
    const settings = { buildSecrets: ["NPM_TOKEN"] };
    const refused = await builds.build(bundle, { settings, secrets: { NPM_TOKEN: "another-secret-1" } });
    expect(refused.end, refused.link.text).toMatchObject({ status: "failed", reason: "build_failed" });
    const { end, link, version } = await builds.build(bundle, { settings, secrets: { NPM_TOKEN: token } });
    expect(end, link.text).toMatchObject({ status: "succeeded" });
    expect(registry.asked.at(-1)?.authorization).toBe(`Bearer ${token}`);
    const answer = await builds.call(version, link.uploads[0] ?? "");
    expect(answer).toMatchObject({ word: "closed 1.0.0", secrets: {} });
    const files = await builds.filesOf(link.uploads[0] ?? "");
    const everything = [JSON.stringify(answer), link.text, refused.link.text, ...files.values()].join("\n");
    expect(everything).not.toContain(token);
    expect(everything).not.toContain("another-secret-1");
  }, 60_000);

  it("from git or an address are refused before anything is asked for", async () => {
    for (const range of ["git+https://github.com/a/b.git", "someone/else", "https://example.test/x.tgz"]) {
      const { end } = await builds.build({ "index.js": uses("x"), "package.json": manifest({ x: range }) });
      expect(end.error).toMatchObject({ code: "build_failed", file: "package.json", line: 3 });
    }
    expect(registry.asked).toEqual([]);
  }, 60_000);

  it("of more files or bytes than a runner installs fail the build in words", async () => {
    const files = Object.fromEntries(Array.from({ length: 1800 }, (_, n) => [`f/${n % 50}/${n}.txt`, "x"]));
    await publish("many", "1.0.0", { ...saying("many"), ...files });
    await publish("large", "1.0.0", {
      ...saying("large"),
      "large.bin": Buffer.alloc(90 * 2 ** 20, randomBytes(4096)),
    } as never);
    for (const name of ["many", "large"]) {
      const { end, link } = await builds.build({
        "index.js": uses(name),
        "package.json": manifest({ [name]: "1" }),
      });
      expect(end.error?.message, link.text).toBe(
        "the dependencies are larger than a runner installs: at most 16 MiB and 1500 files",
      );
    }
  }, 90_000);

  it("whose install never ends are ended, and nothing of it is left", async () => {
    const short = await workshopOf(kind, folder, { ms: 3000 });
    try {
      registry.hang = "/slow";
      const impatient = new Builds(short, folder);
      const bundle = { "index.js": uses("slow"), "package.json": manifest({ slow: "1" }) };
      const { end } = await impatient.build(bundle);
      expect(end.error).toMatchObject({
        code: "build_failed",
        message: "installing dependencies took longer than 3 s and was ended",
      });
      const stop = new AbortController();
      const running = impatient.build(bundle, { signal: stop.signal });
      stop.abort("cancelled");
      expect((await running).end.status).toBe("cancelled");
    } finally {
      await short.stop();
    }
  }, 60_000);
});
