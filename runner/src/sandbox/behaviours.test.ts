import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Workshop } from "../work.ts";
import { dockerClient, engineAnswers } from "./docker.ts";
import { containerWorkshop, versionIn } from "./workshop.suite.ts";

const docker = dockerClient();
const answers = await engineAnswers(docker);
if (!answers && process.env.PULSE_E2E_DOCKER === "required") {
  throw new Error("PULSE_E2E_DOCKER=required, but no Docker engine answers");
}
if (!answers) process.stderr.write("no Docker engine answers: bad behaviour in containers is not tested\n");

const mebibyte = 2 ** 20;

describe.skipIf(!answers)("bad behaviour in a container", () => {
  let folder: string;
  let workshop: Workshop;
  let runner: string;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "pulse-behaviours-"));
    ({ workshop, runner } = await containerWorkshop(folder));
  }, 90_000);
  afterAll(async () => {
    await workshop?.stop();
    rmSync(folder, { recursive: true, force: true });
  }, 60_000);

  const sizes = new Set<number>();
  const python = (lines: string[], memory = 128 * mebibyte) => {
    sizes.add(memory);
    return versionIn(workshop, folder, "python", { "main.py": lines }, { memory, egress: "none" });
  };

  const list = () => docker.listContainers({ all: true, filters: { label: [`pulse.runner=${runner}`] } });
  /** The code that each container carries; null: none, it is a stem cell. */
  const carried = async () =>
    (await list()).map(({ Mounts }) => {
      const folder = Mounts.find(({ Destination }) => Destination === "/fn")?.Source ?? "";
      try {
        return readFileSync(join(folder, "code/main.py"), "utf8");
      } catch {
        return null;
      }
    });

  interface Behaviour {
    name: string;
    code: string[];
    memory?: number;
    timeoutMs?: number;
    status: string;
    reason: string | null;
    message: RegExp;
  }

  test.each<Behaviour>([
    {
      name: "a process that takes all memory",
      code: [
        "def handler(event, ctx):",
        "    all = []",
        "    while True:",
        "        all.append(bytearray(8_000_000))",
      ],
      status: "failed",
      reason: "out_of_memory",
      message: /memory/,
    },
    {
      name: "a fork bomb",
      code: [
        "import os, time",
        "def handler(event, ctx):",
        "    while True:",
        "        try:",
        "            os.fork()",
        "        except OSError:",
        "            time.sleep(0.05)",
      ],
      memory: 1024 * mebibyte,
      timeoutMs: 3000,
      status: "timed_out",
      reason: "timed_out",
      message: /3000 ms/,
    },
    {
      name: "a segmentation fault",
      code: ["import ctypes", "def handler(event, ctx):", "    ctypes.string_at(0)"],
      status: "failed",
      reason: "crashed",
      message: /SIGSEGV|signal 11/,
    },
    {
      name: "an exit with 137 by hand",
      code: ["import os", "def handler(event, ctx):", "    os._exit(137)"],
      status: "failed",
      reason: "crashed",
      message: /SIGKILL|137|signal 9/,
    },
    {
      name: "SIGTERM sent to process 1",
      code: ["import os, time", "def handler(event, ctx):", "    os.kill(1, 15)", "    time.sleep(20)"],
      status: "failed",
      reason: "crashed",
      message: /SIGTERM|signal 15/,
    },
    {
      name: "a loop that ignores SIGTERM",
      code: [
        "import signal",
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)",
        "def handler(event, ctx):",
        "    while True:",
        "        pass",
      ],
      timeoutMs: 1000,
      status: "timed_out",
      reason: "timed_out",
      message: /1000 ms/,
    },
    {
      name: "a double fork of a process that never ends, and an answer",
      code: [
        "import os, time",
        "def handler(event, ctx):",
        "    if os.fork() == 0:",
        "        os.setsid()",
        "        if os.fork() == 0:",
        "            for fd in range(3, 64):",
        "                try: os.close(fd)",
        "                except OSError: pass",
        "            time.sleep(600)",
        "        os._exit(0)",
        "    os.wait()",
        "    raise ValueError('done')",
      ],
      status: "failed",
      reason: "function_error",
      message: /done/,
    },
    {
      name: "a process that fills every writable place and then takes memory",
      code: [
        "import os",
        "def handler(event, ctx):",
        "    for folder in ('/tmp', '/dev/shm'):",
        "        with open(f'{folder}/full', 'wb') as file:",
        "            try:",
        "                while True: file.write(bytes(1_048_576)); file.flush()",
        "            except OSError: pass",
        "            try: file.close()",
        "            except OSError: pass",
        "    all = []",
        "    while True: all.append(b'x' * 4_000_000)",
      ],
      status: "failed",
      reason: "out_of_memory",
      message: /memory/,
    },
    {
      name: "one line without end",
      code: ["import os", "def handler(event, ctx):", "    while True: os.write(1, b'y' * 65_536)"],
      timeoutMs: 2000,
      status: "timed_out",
      reason: "timed_out",
      message: /2000 ms/,
    },
    {
      name: "a thousand threads that each wait",
      code: [
        "import threading, time",
        "def handler(event, ctx):",
        "    for _ in range(1000): threading.Thread(target=time.sleep, args=(600,), daemon=True).start()",
      ],
      status: "failed",
      reason: "function_error",
      message: /can't start new thread/,
    },
    {
      name: "more files than it may open",
      code: ["def handler(event, ctx):", "    all = [open('/dev/null') for _ in range(5000)]"],
      status: "failed",
      reason: "function_error",
      message: /Too many open files/,
    },
    {
      name: "output without end",
      code: ["def handler(event, ctx):", "    while True:", "        print('y' * 1000)"],
      timeoutMs: 2000,
      status: "timed_out",
      reason: "timed_out",
      message: /2000 ms/,
    },
    {
      name: "a stopped process",
      code: ["import os, signal", "def handler(event, ctx):", "    os.kill(os.getpid(), signal.SIGSTOP)"],
      timeoutMs: 1000,
      status: "timed_out",
      reason: "timed_out",
      message: /1000 ms/,
    },
  ])(
    "$name: $reason, and nothing of it is left",
    async ({ code, memory, timeoutMs, status, reason, message }) => {
      const call = await python(code, memory);
      const { ended } = call({}, timeoutMs === undefined ? {} : { timeoutMs });
      const end = await ended;
      expect([end.status, end.reason], JSON.stringify(end.error)).toEqual([status, reason]);
      expect(end.error?.message).toMatch(message);
      const fine = await python(["def handler(event, ctx):", "    return {'is': 'fine'}"]);
      expect(await fine({}).answer).toEqual({ is: "fine" });
      // A call that ended by itself leaves its container warm; no other leaves one.
      const mayStay = reason === "function_error" ? 1 : 0;
      const look = async () => {
        const all = await carried();
        const stems = all.filter((one) => one === null).length;
        const others = all.length - stems;
        return {
          isGone: all.filter((one) => one === code.join("\n")).length <= mayStay,
          areWarm: others <= workshop.warm().length,
          // For each size what a burst of calls may make.
          areStems: stems <= 3 * sizes.size,
        };
      };
      await expect.poll(look, { timeout: 15_000 }).toEqual({ isGone: true, areWarm: true, areStems: true });
    },
    60_000,
  );

  test("a child that is killed for memory is the code's own affair: it sees the signal and answers", async () => {
    const call = await python([
      "import subprocess, sys",
      "def handler(event, ctx):",
      '    take = \'import os; open("/proc/self/oom_score_adj", "w").write("1000"); a = []\\nwhile True: a.append(bytearray(8000000))\'',
      "    return subprocess.run([sys.executable, '-c', take]).returncode",
    ]);
    expect(await call({}).answer).toBe(-9);
  }, 60_000);

  test("every writable place is full at its limit, and the machine's disk is as it was", async () => {
    const call = await python(
      [
        "import os",
        "def fill(folder):",
        "    written = 0",
        "    try:",
        "        with open(f'{folder}/full', 'wb', buffering=0) as file:",
        "            while written < 2_000_000_000:",
        "                written += file.write(bytes(1_048_576))",
        "    except OSError as error:",
        "        return [written, error.strerror]",
        "    finally:",
        "        if os.path.exists(f'{folder}/full'):",
        "            os.remove(f'{folder}/full')",
        "    return [written, None]",
        "def handler(event, ctx):",
        "    writable = []",
        "    for folder, names, _files in os.walk('/'):",
        "        if folder.startswith(('/proc', '/sys')):",
        "            names[:] = []",
        "        elif os.access(folder, os.W_OK):",
        "            writable.append(folder)",
        "    return {folder: fill(folder) for folder in writable}",
      ],
      128 * mebibyte,
    );
    const places = (await call({}).answer) as Record<string, [number, string | null]>;
    const limits: Record<string, number> = { "/tmp": 64 * mebibyte, "/dev/shm": 32 * mebibyte };
    expect(Object.keys(places).sort()).toEqual(["/dev/mqueue", "/dev/shm", "/tmp"]);
    for (const [place, [written, error]] of Object.entries(places)) {
      expect([place, written <= (limits[place] ?? 0)]).toEqual([place, true]);
      expect(error).not.toBeNull();
    }
  }, 60_000);

  test("orphans and zombies are reaped inside, and go with the container", async () => {
    const call = await python([
      "import os, time",
      "def handler(event, ctx):",
      "    for i in range(50):",
      "        if os.fork() == 0:",
      "            if os.fork() == 0:",
      "                time.sleep(0.05)",
      "            os._exit(0)",
      "    time.sleep(1)",
      "    while True:",
      "        try:",
      "            if os.waitpid(-1, os.WNOHANG)[0] == 0: break",
      "        except ChildProcessError: break",
      "    states = []",
      "    for name in os.listdir('/proc'):",
      "        if name.isdigit():",
      "            states.append(open(f'/proc/{name}/stat').read().rsplit(')', 1)[1].split()[0])",
      "    return states.count('Z')",
    ]);
    expect(await call({}).answer).toBe(0);
  }, 60_000);

  test("as many processes as the limit, and not one more", async () => {
    const lines = [
      "import os, signal",
      "def handler(event, ctx):",
      "    children = []",
      "    try:",
      "        while len(children) < 2000:",
      "            child = os.fork()",
      "            if child == 0:",
      "                signal.pause()",
      "            children.append(child)",
      "    except OSError:",
      "        pass",
      "    for child in children:",
      "        os.kill(child, 9)",
      "    return len(children)",
    ];
    const call = await python(lines, 1024 * mebibyte);
    const count = (await call({}).answer) as number;
    expect(count).toBeGreaterThan(200);
    expect(count).toBeLessThan(256);
  }, 60_000);

  test("an exit with 137 or 143 by hand is told at once", async () => {
    for (const code of [137, 143]) {
      const call = await python(["import os", "def handler(event, ctx):", `    os._exit(${code})`]);
      const end = await call({}).ended;
      expect(end).toMatchObject({ status: "failed", reason: "crashed" });
      // The engine itself takes a few tenths of a second to notice an end, on a busy machine more; it was three seconds more.
      expect(end.timing.runMs).toBeLessThan(2500);
    }
  }, 60_000);

  test("when all is over no container but stem cells and warm ones is there", async () => {
    await workshop.stop();
    expect(await list()).toEqual([]);
  }, 60_000);
});
