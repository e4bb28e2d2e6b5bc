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

const limits = { ms: 90_000, bytes: 48 * 2 ** 20, files: 3000 };
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
});
