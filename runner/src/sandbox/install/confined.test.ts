import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Workshop } from "../../work.ts";
import { dockerClient, engineAnswers } from "../docker.ts";
import { Builds, workshopOf } from "./builds.suite.ts";
import { type Registry, startRegistry } from "./registry.suite.ts";

const docker = dockerClient();
const runs = await engineAnswers(docker);
if (!runs && process.env.PULSE_E2E_DOCKER === "required")
  throw new Error("PULSE_E2E_DOCKER=required, but no Docker engine answers");
if (!runs) process.stderr.write("no Docker engine answers: build containers are not tested\n");

/** An install script that tries what it may not, and leaves what came of it where the function finds it. */
const curious = `
  import { readdirSync, readFileSync, writeFileSync } from "node:fs";
  import { connect } from "node:net";
  import { request } from "node:http";
  const attempt = (work) => { try { work(); return "done"; } catch (error) { return error.code; } };
  const reach = (options) => new Promise((resolve) => {
    const socket = connect(options, () => { socket.destroy(); resolve("open"); });
    socket.on("error", (error) => resolve(error.code));
  });
  const proxied = (host) => new Promise((resolve) => {
    const { hostname, port } = new URL(process.env.HTTPS_PROXY);
    const asked = request({ hostname, port, method: "CONNECT", path: host });
    asked.on("connect", ({ statusCode }) => resolve(statusCode)).on("error", (error) => resolve(error.code)).end();
  });
  const status = Object.fromEntries(readFileSync("/proc/self/status", "utf8").split("\\n").map((line) => line.split(":\\t")));
  const found = {
    uid: process.getuid(),
    capabilities: status.CapEff,
    noNewPrivileges: status.NoNewPrivs,
    seccomp: status.Seccomp,
    interfaces: readdirSync("/sys/class/net"),
    writes: ["/x", "/in/code/x", "/in/programs/x", "/in/line/x", "/usr/x"].map((path) => attempt(() => writeFileSync(path, ""))),
    world: await reach({ host: "203.0.113.1", port: 443 }),
    credentials: await reach({ path: "/in/line/c" }),
    metadata: await proxied("169.254.169.254:80"),
    elsewhere: await proxied("example.test:443"),
    engine: attempt(() => readdirSync("/var/run/docker.sock")),
  };
  writeFileSync("index.js", "export const word = " + JSON.stringify(found) + ";");
`;

describe.skipIf(!runs)("a hostile install script in a build container", () => {
  let folder: string;
  let registry: Registry;
  let workshop: Workshop;
  let builds: Builds;
  const before = process.env.npm_config_registry;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "pulse-confined-"));
    registry = await startRegistry();
    process.env.npm_config_registry = registry.url;
    workshop = await workshopOf("docker", folder, { ms: 12_000, bytes: 32 * 2 ** 20, memory: 256 * 2 ** 20 });
    builds = new Builds(workshop, folder);
  }, 90_000);
  afterAll(async () => {
    registry?.close();
    if (before === undefined) delete process.env.npm_config_registry;
    else process.env.npm_config_registry = before;
    await workshop?.stop();
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  });

  const buildWith = async (name: string, script: string) => {
    const scripts = { postinstall: "node install.js" };
    const manifest = { name, version: "1.0.0", type: "module", main: "index.js", scripts };
    await registry.npm({ manifest, files: { "install.js": script, "index.js": "export const word = 1;" } });
    const built = await builds.build(
      {
        "index.js": `import { word } from "${name}";\nexport const handler = () => word;\n`,
        "package.json": JSON.stringify({ dependencies: { [name]: "1" } }),
      },
      { settings: { allowInstallScripts: [name] } },
    );
    const left = await docker.listContainers({ all: true, filters: { label: ["pulse.build"] } });
    expect(left, "no build container is left").toEqual([]);
    return built;
  };

  test("finds no right, no network, no credential and nothing to write to", async () => {
    const { end, link, version } = await buildWith("curious", curious);
    expect(end, link.text).toMatchObject({ status: "succeeded" });
    expect(await builds.call(version, link.uploads[0] ?? "")).toEqual({
      uid: 65532,
      capabilities: "0000000000000000",
      noNewPrivileges: "1",
      seccomp: "2",
      interfaces: ["lo"],
      writes: Array.from({ length: 5 }, () => "EROFS"),
      world: "ENETUNREACH",
      credentials: expect.stringMatching(/ECONNREFUSED|ENOENT/),
      metadata: 403,
      elsewhere: 403,
      engine: "ENOENT",
    });
    expect(link.text).toContain("egress refused: 169.254.169.254:80");
  }, 60_000);

  test.each([
    [
      "fills the disk",
      "import fs from 'node:fs'; for (let n = 0; ; n++) fs.appendFileSync('fill', Buffer.alloc(2 ** 20));",
      /at most 32 MiB/,
    ],
    [
      "makes files without end",
      "import fs from 'node:fs'; for (let n = 0; ; n++) fs.writeFileSync('f' + n, '');",
      /50000 files/,
    ],
    [
      "takes all memory",
      "const all = []; for (;;) all.push(Buffer.alloc(2 ** 24, 1));",
      /more memory than it may|SIGKILL/,
    ],
    [
      "forks without end",
      "import { spawn } from 'node:child_process'; for (;;) spawn('sleep', ['60']).on('error', () => process.exit(9));",
      /./,
    ],
    ["never ends", "setInterval(() => {}, 1000);", /longer than 12 s/],
  ])(
    "that %s ends its own build in words, and the next one works",
    async (what, script, says) => {
      const { end, link } = await buildWith(what.replaceAll(" ", "-"), script);
      expect(end, link.text).toMatchObject({ status: "failed", reason: "build_failed" });
      expect(end.error?.message).toMatch(says);
      const next = await buildWith(`after-${what.replaceAll(" ", "-")}`, "");
      expect(next.end.status, next.link.text).toBe("succeeded");
    },
    90_000,
  );
});
