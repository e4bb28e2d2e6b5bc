import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Docker from "dockerode";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Workshop } from "../work.ts";
import { confinementOf, noSockets } from "./confinement.ts";
import { dockerClient } from "./docker.ts";
import { readOpenedRange } from "./egress/address-rules.ts";
import { gvisorAnswers } from "./gvisor.suite.ts";
import { sandboxSuite } from "./sandbox.suite.ts";
import { containerWorkshop, versionIn } from "./workshop.suite.ts";

const answers = await gvisorAnswers();
const docker = dockerClient();

describe.skipIf(!answers)("in containers with a kernel of their own", () => {
  sandboxSuite("docker", ["typescript", "python"], "runsc");

  describe("which", () => {
    let folder: string;
    let workshop: Workshop;
    let runner: string;
    let server: Server;
    beforeAll(async () => {
      folder = mkdtempSync(join(tmpdir(), "pulse-gvisor-"));
      const loopback = readOpenedRange("127.0.0.0/8");
      const opened = loopback === null ? [] : [loopback];
      ({ workshop, runner } = await containerWorkshop(folder, { filtered: true, opened }, "runsc"));
      server = createServer((_, response) => response.end("outside"));
      // Not the address that programs are told to reach without a proxy.
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.2", resolve));
    }, 90_000);
    afterAll(async () => {
      server?.close();
      await workshop?.stop();
      rmSync(folder, { recursive: true, force: true });
    }, 60_000);

    test("HD-08: is gVisor's, as its boot messages say, and no device or program file of it can be written", async () => {
      const look = await versionIn(
        workshop,
        folder,
        "python",
        {
          "main.py": [
            "import ctypes, os, subprocess",
            "def handler(event, ctx):",
            "    status = dict(line.split(':', 1) for line in open('/proc/self/status').read().splitlines())",
            "    refused = []",
            "    for path in ('/etc/x', '/fn/x', '/fn/code/main.py', '/usr/x'):",
            "        try: open(path, 'w').close()",
            "        except OSError: refused.append(path)",
            "    boot = subprocess.run(['dmesg'], capture_output=True, text=True).stdout",
            "    return {'boot': boot, 'uid': os.getuid(), 'caps': status['CapEff'].strip(), 'refused': refused,",
            "            'memory': int(open('/proc/meminfo').readline().split()[1])}",
          ],
        },
        { memory: 128 * 2 ** 20, egress: "none" },
      );
      expect(await look({}).answer).toEqual({
        boot: expect.stringContaining("Starting gVisor"),
        uid: 65532,
        caps: "0000000000000000",
        refused: ["/etc/x", "/fn/x", "/fn/code/main.py", "/usr/x"],
        memory: 131_072,
      });
    }, 60_000);

    // A container is one process of the machine to the limits: what goes beyond them ends the whole.
    test.each([
      [
        "a fork bomb",
        [
          "import os",
          "def handler(event, ctx):",
          "    while True:",
          "        try: os.fork()",
          "        except OSError: pass",
        ],
        /crashed|out_of_memory|timed_out/,
      ],
      [
        "a child that takes all memory",
        [
          "import subprocess, sys",
          "def handler(event, ctx):",
          "    take = 'a = []\\nwhile True: a.append(b\"x\" * 8000000)'",
          "    return [subprocess.run([sys.executable, '-c', take]).returncode]",
        ],
        /out_of_memory/,
      ],
    ])(
      "HD-08: %s ends its container, and the next call is answered",
      async (_, code, reason) => {
        const settings = { memory: 128 * 2 ** 20, egress: "none" as const };
        const bad = await versionIn(workshop, folder, "python", { "main.py": code }, settings);
        expect((await bad({}, { timeoutMs: 5000 }).ended).reason).toMatch(reason);
        const lines = ["def handler(event, ctx):", "    return {'is': 'fine'}"];
        const fine = await versionIn(workshop, folder, "python", { "main.py": lines }, settings);
        expect(await fine({}).answer).toEqual({ is: "fine" });
      },
      60_000,
    );

    test("an egress list leads to what it names, through the runner's socket", async () => {
      const { port } = server.address() as AddressInfo;
      const code = [
        "import urllib.request",
        "def handler(event, ctx):",
        "    try: return [urllib.request.urlopen(event['url'], timeout=10).read().decode()]",
        "    except Exception as error: return [str(error)]",
      ];
      const settings = { egress: [`127.0.0.2:${port}`] };
      const asks = await versionIn(workshop, folder, "python", { "main.py": code }, settings);
      expect(await asks({ url: `http://127.0.0.2:${port}/` }).answer).toEqual(["outside"]);
      expect(await asks({ url: `http://127.0.0.2:${port + 1}/` }).answer).toEqual([
        expect.stringContaining("403"),
      ]);
    }, 60_000);

    test("a child in a session of its own goes with the container, and of the container nothing is left on this machine", async () => {
      const spawns = await versionIn(
        workshop,
        folder,
        "python",
        {
          "main.py": [
            "import subprocess, sys",
            "def handler(event, ctx):",
            "    subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'], start_new_session=True)",
            "    ctx.log.info('spawned')",
            "    ctx.cancelled.wait(20)",
          ],
        },
        { reuse: "never" },
      );
      const { link, ended, stop } = spawns({});
      await link.until(() => link.text.includes("spawned"));
      const list = () => docker.listContainers({ filters: { label: [`pulse.runner=${runner}`] } });
      const ids = (await list()).map(({ Id }) => Id);
      const processesOf = (all: string[]) => readdirSync("/proc").filter((pid) => names(pid, all));
      expect(processesOf(ids)).not.toEqual([]);
      stop.abort("cancelled");
      expect(await ended).toMatchObject({ status: "cancelled" });
      const left = new Set((await list()).map(({ Id }) => Id));
      const gone = ids.filter((id) => !left.has(id));
      expect(gone).not.toEqual([]);
      await expect.poll(() => processesOf(gone), { timeout: 10_000 }).toEqual([]);
    }, 60_000);
  });
});

/** Whether a process of this machine names one of these containers. */
function names(pid: string, ids: readonly string[]): boolean {
  if (!/^\d+$/.test(pid)) return false;
  try {
    const command = readFileSync(`/proc/${pid}/cmdline`, "utf8");
    return ids.some((id) => command.includes(id));
  } catch {
    return false;
  }
}

describe("how containers are confined", () => {
  const runc = { path: "runc" };
  let folder: string;
  let server: Server;
  let runtimes: object;
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "pulse-engine-"));
    server = createServer((_, response) => {
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify({ Runtimes: runtimes }));
    });
    await new Promise<void>((resolve) => server.listen(join(folder, "s"), resolve));
  });
  afterEach(() => {
    server.close();
    rmSync(folder, { recursive: true });
  });
  /** By an engine that says it has these. */
  const confined = (name: string | null, given: object) => {
    runtimes = given;
    return confinementOf(new Docker({ socketPath: join(folder, "s") }), { runtime: name, seccomp: "strict" });
  };

  test.each([null, "runc"])("%s: the machine's kernel, with a socket for frames", async (name) => {
    const { runtime, transport, reachesSockets } = await confined(name, { runc });
    expect({ runtime, transport, reachesSockets }).toEqual({
      runtime: name,
      transport: "socket",
      reachesSockets: true,
    });
  });

  test.each([
    [undefined, false],
    [["--platform=kvm"], false],
    [["--host-uds=none"], false],
    [["--host-uds=open"], true],
    [["--host-uds=all"], true],
    [["-fsgofer-host-uds"], true],
  ])("gVisor with %j: frames over stdio, sockets of the runner reached: %s", async (runtimeArgs, reaches) => {
    expect(await confined("runsc", { runc, runsc: { path: "runsc", runtimeArgs } })).toMatchObject({
      runtime: "runsc",
      transport: "stdio",
      reachesSockets: reaches,
    });
  });

  test("one that the engine does not have is refused with what it has and what to do", async () => {
    await expect(confined("runsc", { runc })).rejects.toMatchObject({
      message: expect.stringMatching(/no such runtime \(it has runc\)$/),
      extras: { hint: expect.stringMatching(/daemon\.json.*unset PULSE_CONTAINER_RUNTIME/) },
    });
    expect(noSockets("runsc", "an egress list")).toMatch(/an egress list needs .*--host-uds=open/);
  });
});
