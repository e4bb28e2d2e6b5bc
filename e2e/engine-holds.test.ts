import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildImages, imageOf } from "../.ci/base-images.ts";
import { type PrivateEngine, startEngine, stopEngine } from "../.ci/docker-engine.ts";
import { sandboxesHere } from "./sandboxes.ts";
import { startWorld, type World } from "./world.ts";

const hasEngine = (await sandboxesHere()).some(({ name, available }) => name === "docker" && available);
const runs = hasEngine && process.getuid?.() === 0;
if (!runs)
  process.stderr.write("no Docker engine answers, or not root: what an engine holds is not measured\n");

const mebibyte = 2 ** 20;

/** Functions that take what they can get, and how a call of each ends. */
const behaviours: Record<string, { code: string[]; ends: string; timeout?: string; memory?: string }> = {
  memory: {
    code: ["def handler(event, ctx):", "    all = []", "    while True: all.append(b'x' * 8_000_000)"],
    ends: "out_of_memory",
  },
  forks: {
    code: [
      "import os, time",
      "def handler(event, ctx):",
      "    while True:",
      "        try: os.fork()",
      "        except OSError: time.sleep(0.05)",
    ],
    ends: "timed_out",
    timeout: "3s",
    // For as many as there may be: with less, memory is what it runs out of first.
    memory: "1GB",
  },
  daemons: {
    code: [
      "import os, time",
      "def handler(event, ctx):",
      "    for _ in range(20):",
      "        if os.fork() == 0:",
      "            os.setsid()",
      "            if os.fork() == 0: time.sleep(600)",
      "            os._exit(0)",
      "    os._exit(3)",
    ],
    ends: "crashed",
  },
  disk: {
    code: [
      "import os",
      "def handler(event, ctx):",
      "    written = 0",
      "    for folder, names, _files in os.walk('/'):",
      "        if folder.startswith(('/proc', '/sys')):",
      "            names[:] = []",
      "            continue",
      "        for n in range(200):",
      "            try:",
      "                with open(f'{folder}/full-{n}', 'wb', buffering=0) as file:",
      "                    while written < 2_000_000_000: written += file.write(bytes(1_048_576))",
      "            except OSError: pass",
      "    raise ValueError(f'{written} bytes')",
    ],
    ends: "function_error",
  },
  output: {
    code: ["import os", "def handler(event, ctx):", "    while True: os.write(1, b'y' * 65_536)"],
    ends: "timed_out",
    timeout: "3s",
  },
};

describe.skipIf(!runs)("after functions that take what they can get", () => {
  const parent = `pulse-held-${process.pid}`;
  let engine: PrivateEngine;
  let world: World | null = null;
  beforeAll(async () => {
    // Its containers have groups of their own, apart from those of other engines.
    engine = await startEngine(mkdtempSync("/var/tmp/pulse-engine-"), ["--cgroup-parent", `/${parent}`]);
    await buildImages(engine.host);
  }, 300_000);
  afterAll(async () => {
    await world?.stop();
    if (engine !== undefined) await stopEngine(engine.folder);
  }, 120_000);

  const docker = (...args: string[]) =>
    execFileSync("docker", ["--host", engine.host, ...args], { encoding: "utf8" })
      .split("\n")
      .filter(Boolean);
  /** Groups of processes below the engine's own, in every hierarchy of the machine. */
  const groups = () => {
    const base = "/sys/fs/cgroup";
    const roots = [base, ...readdirSync(base).map((one) => join(base, one))].map((one) => join(one, parent));
    return roots.flatMap((root) =>
      existsSync(root)
        ? readdirSync(root, { withFileTypes: true }).flatMap((one) =>
            one.isDirectory() ? [join(root, one.name)] : [],
          )
        : [],
    );
  };
  const keepers = () =>
    readdirSync("/proc").flatMap((pid) => {
      try {
        const command = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
        const isOne = basename(command[0] ?? "").startsWith("containerd-shim");
        return isOne && command.join(" ").includes(engine.folder) ? [`${pid}: ${command.join(" ")}`] : [];
      } catch {
        return [];
      }
    });
  /** By name, so that what is there too much is said. */
  const held = () => ({
    containers: docker("ps", "--all", "--format", "{{.ID}} {{.Status}} {{.Labels}}"),
    networks: docker("network", "ls", "--format", "{{.ID}} {{.Name}} {{.Labels}}"),
    volumes: docker("volume", "ls", "--format", "{{.Name}}"),
    groups: groups(),
    keepers: keepers(),
  });
  /** By folder of the engine's. A file that goes while it is looked at is no error. */
  const bytes = () => {
    const data = join(engine.folder, "data");
    const { stdout } = spawnSync("du", ["--max-depth=1", "--block-size=1", data], { encoding: "utf8" });
    const lines = stdout.split("\n").flatMap((line) => {
      const [size, folder] = line.split("\t");
      return size === undefined || folder === undefined ? [] : [[folder.slice(data.length), Number(size)]];
    });
    return Object.fromEntries(lines) as Record<string, number>; // Pairs of a folder and its bytes.
  };
  /** Folders of the engine that hold other than they held, by more than they may, in bytes. */
  const grown = (before: Record<string, number>) => {
    const now = bytes();
    const folders = [...new Set([...Object.keys(before), ...Object.keys(now)])];
    const by = folders.map((folder) => [folder, (now[folder] ?? 0) - (before[folder] ?? 0)] as const);
    return Object.fromEntries(by.filter(([, more]) => Math.abs(more) >= 8 * mebibyte));
  };

  test("the engine holds what it held: containers, groups of processes, networks, volumes and its disk; the runner goes on meanwhile", async () => {
    // A group that is gone holds no memory either.
    const [before, bytesBefore] = [held(), bytes()];
    world = await startWorld({
      sandbox: "docker",
      runnerEnv: {
        DOCKER_HOST: engine.host,
        PULSE_IMAGE_TYPESCRIPT: imageOf("typescript"),
        PULSE_IMAGE_PYTHON: imageOf("python"),
      },
    });
    const call = (name: string) => world?.call(`/f/${name}`, { method: "POST", body: "{}" });
    await world.deploy(
      "fine",
      { "main.py": "def handler(event, ctx):\n    return {'is': 'fine'}\n" },
      { runtime: "python" },
    );
    for (const [name, { code, ends, timeout = "60s", memory = "256MB" }] of Object.entries(behaviours)) {
      await world.deploy(
        name,
        { "main.py": code.join("\n") },
        { runtime: "python", settings: { timeout, memory } },
      );
      const answer = await call(name);
      expect([name, await answer?.text()]).toEqual([name, expect.stringContaining(ends)]);
      expect([name, await (await call("fine"))?.json()]).toEqual([name, { is: "fine" }]);
    }
    expect(held().containers.length).toBeGreaterThan(before.containers.length);
    await world.stop();
    world = null;
    await expect.poll(held, { timeout: 30_000, interval: 500 }).toEqual(before);
    await expect.poll(() => grown(bytesBefore), { timeout: 30_000, interval: 500 }).toEqual({});
  }, 240_000);
});
