import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Workshop } from "../work.ts";
import { dockerClient, engineAnswers } from "./docker.ts";
import { containerWorkshop, type Version, versionIn } from "./workshop.suite.ts";

const docker = dockerClient();
const answers = await engineAnswers(docker);
if (!answers && process.env.PULSE_E2E_DOCKER === "required") {
  throw new Error("PULSE_E2E_DOCKER=required, but no Docker engine answers");
}
if (!answers) process.stderr.write("no Docker engine answers: the profile is not read back from inside\n");

const mebibyte = 2 ** 20;

/** Runs what a call asks for and tells the value, or the name of the error. */
const looks = [
  "import ctypes, os, resource, socket, stat, subprocess",
  "libc = ctypes.CDLL(None, use_errno=True)",
  "def system(name, *arguments):",
  "    if getattr(libc, name)(*arguments) == 0: return 'done'",
  "    return os.strerror(ctypes.get_errno())",
  "def read(path):",
  "    with open(path) as file: return file.read().strip()",
  "def write(path):",
  "    with open(path, 'w') as file: return file.write('1')",
  "def status():",
  "    lines = dict(line.split(':', 1) for line in read('/proc/self/status').splitlines())",
  "    return {name: lines[name].split()[0] for name in ('Uid', 'Gid', 'Groups', 'CapEff', 'CapBnd', 'NoNewPrivs', 'Seccomp') if lines[name].split()}",
  "def limits():",
  "    first = lambda *paths: next(read(path) for path in paths if os.path.exists(path))",
  "    base = '/sys/fs/cgroup'",
  "    return {",
  "        'memory': first(f'{base}/memory.max', f'{base}/memory/memory.limit_in_bytes'),",
  "        'swap': first(f'{base}/memory.swap.max', f'{base}/memory/memory.memsw.limit_in_bytes'),",
  "        'pids': first(f'{base}/pids.max', f'{base}/pids/pids.max'),",
  "        'files': resource.getrlimit(resource.RLIMIT_NOFILE),",
  "        'core': resource.getrlimit(resource.RLIMIT_CORE),",
  "    }",
  "def mounts():",
  "    kept = [line.split() for line in read('/proc/self/mounts').splitlines()]",
  "    return {fields[1]: sorted(set(fields[3].split(',')) & {'ro', 'rw', 'noexec', 'nosuid', 'nodev'}) for fields in kept}",
  "def runs_from(folder):",
  "    path = f'{folder}/program'",
  "    with open(path, 'w') as file: file.write('#!/bin/sh\\nexit 0\\n')",
  "    os.chmod(path, 0o6755)",
  "    return subprocess.run([path]).returncode",
  "def processes():",
  "    return sorted(read(f'/proc/{name}/comm') for name in os.listdir('/proc') if name.isdigit())",
  "def handler(event, ctx):",
  "    try:",
  "        return {'value': eval(event['look'])}",
  "    except Exception as error:",
  "        return {'error': type(error).__name__}",
];

describe.skipIf(!answers)("from inside a container", () => {
  let folder: string;
  let workshop: Workshop;
  let version: Version;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "pulse-profile-"));
    ({ workshop } = await containerWorkshop(folder));
    const settings = { memory: 128 * mebibyte, cpus: 0.5, egress: "none" as const };
    version = await versionIn(workshop, folder, "python", { "main.py": looks }, settings);
  }, 90_000);
  afterAll(async () => {
    await workshop?.stop();
    rmSync(folder, { recursive: true, force: true });
  }, 60_000);

  const look = (expression: string) => version({ look: expression }).answer;

  test("it is nobody, without a capability, under seccomp, and can gain nothing", async () => {
    expect(await look("status()")).toEqual({
      value: {
        Uid: "65532",
        Gid: "65532",
        Groups: "65532",
        CapEff: "0000000000000000",
        CapBnd: "0000000000000000",
        NoNewPrivs: "1",
        Seccomp: "2",
      },
    });
  });

  test("memory without swap, processes, files and core dumps are limited", async () => {
    const { value } = (await look("limits()")) as { value: Record<string, unknown> };
    expect(value).toMatchObject({ memory: "134217728", pids: "256", files: [1024, 1024], core: [0, 0] });
    expect(["0", "134217728"]).toContain(value.swap);
  });

  test("everything is read-only but three sized places that run no program", async () => {
    const { value } = (await look("mounts()")) as { value: Record<string, string[]> };
    const writable = Object.entries(value).filter(
      // With user namespaces each device is a mount of its own.
      ([path, options]) =>
        options.includes("rw") && !/^\/(proc|sys|dev\/(full|null|random|tty|urandom|zero))(\/|$)/.test(path),
    );
    expect(writable.map(([path]) => path).sort()).toEqual([
      "/dev",
      "/dev/mqueue",
      "/dev/pts",
      "/dev/shm",
      "/tmp",
    ]);
    for (const [path, options] of writable)
      if (path === "/tmp" || path === "/dev/shm")
        expect([path, options]).toEqual([path, ["nodev", "noexec", "nosuid", "rw"]]);
    expect(value["/fn"]).toContain("ro");
    expect(value["/"]).toContain("ro");
  });

  test.each([
    ["write('/etc/x')", "OSError"],
    ["write('/fn/x')", "OSError"],
    ["write('/fn/code/main.py')", "OSError"],
    ["write('/dev/x')", "PermissionError"],
    ["write('/proc/sys/kernel/core_pattern')", "OSError"],
    ["write('/proc/sysrq-trigger')", "OSError"],
    ["read('/proc/kcore')", "PermissionError"],
    ["read('/etc/shadow')", "PermissionError"],
    ["open('/dev/mem')", "FileNotFoundError"],
    ["open('/dev/kvm')", "FileNotFoundError"],
    ["runs_from('/tmp')", "PermissionError"],
    ["os.mknod('/tmp/sda', stat.S_IFBLK | 0o600, os.makedev(8, 0))", "PermissionError"],
    ["os.setuid(0)", "PermissionError"],
    ["os.chroot('/tmp')", "PermissionError"],
    ["os.listdir('/root')", "PermissionError"],
  ])("%s is refused", async (expression, error) => {
    const seen = (await look(expression)) as { error?: string };
    // Which of the refusals it is differs between kernels, and not every kernel has every file.
    const same = ["PermissionError", "OSError", "FileNotFoundError"];
    expect(error === "FileNotFoundError" ? [error] : same).toContain(seen.error);
  });

  test.each([
    "system('unshare', 0x10000000)",
    "system('mount', b'none', b'/tmp', b'tmpfs', 0, None)",
    "system('umount2', b'/tmp', 0)",
    "system('sethostname', b'x', 1)",
    "system('syscall', 321, 0, None, 0)",
    "system('syscall', 298, None, 0, -1, -1, 0)",
    "system('syscall', 250, 0)",
    "system('syscall', 323, 0)",
  ])("the system call %s is refused", async (expression) => {
    const { value } = (await look(expression)) as { value?: string };
    expect(["Operation not permitted", "Function not implemented", "Permission denied"]).toContain(value);
  });

  test("no socket of an engine, no device of the machine, no process but its own", async () => {
    const sockets = ["/var/run/docker.sock", "/run/docker.sock", "/run/containerd/containerd.sock"];
    expect(await look(`[path for path in ${JSON.stringify(sockets)} if os.path.exists(path)]`)).toEqual({
      value: [],
    });
    const { value: devices } = (await look("sorted(os.listdir('/dev'))")) as { value: string[] };
    const usual = ["console", "core", "fd", "full", "mqueue", "null", "ptmx", "pts", "random", "shm"];
    const more = ["stderr", "stdin", "stdout", "tty", "urandom", "zero"];
    expect(devices.filter((name) => ![...usual, ...more].includes(name))).toEqual([]);
    const { value: processes } = (await look("processes()")) as { value: string[] };
    expect(processes.filter((name) => !/^(docker-init|tini|python3?(\.\d+)?)$/.test(name))).toEqual([]);
  });

  test("nothing of another version or call is left where it could be read", async () => {
    const marker = `canary-${process.pid}`;
    const settings = { memory: 128 * mebibyte, cpus: 0.5, egress: "none" as const };
    const other = await versionIn(workshop, folder, "python", { "main.py": [...looks, "# other"] }, settings);
    const leaves = `[open(f'{place}/${marker}', 'w').close() for place in ('/tmp', '/dev/shm')] and 1`;
    expect(await version({ look: leaves }).answer).toEqual({ value: 1 });
    const finds = `[place for place in ('/tmp', '/dev/shm') if '${marker}' in os.listdir(place)]`;
    expect(await other({ look: finds }).answer).toEqual({ value: [] });
    expect(await look(finds)).toEqual({ value: ["/tmp", "/dev/shm"] });
  });
});
