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

/** System calls that nobody in a container may make, by their numbers on x86-64 and ARM64. */
const refusedCalls: Record<string, [x64: number, arm64: number]> = {
  bpf: [321, 280],
  perf_event_open: [298, 241],
  keyctl: [250, 219],
  add_key: [248, 217],
  request_key: [249, 218],
  userfaultfd: [323, 282],
  io_uring_setup: [425, 425],
  io_uring_enter: [426, 426],
  io_uring_register: [427, 427],
  io_setup: [206, 0],
  clone3: [435, 435],
  setns: [308, 268],
  ptrace: [101, 117],
  process_vm_readv: [310, 270],
  process_vm_writev: [311, 271],
  pidfd_getfd: [438, 438],
  kcmp: [312, 272],
  open_by_handle_at: [304, 265],
  pivot_root: [155, 41],
  open_tree: [428, 428],
  move_mount: [429, 429],
  fsopen: [430, 430],
  mount_setattr: [442, 442],
  init_module: [175, 105],
  finit_module: [313, 273],
  kexec_load: [246, 104],
  reboot: [169, 142],
  settimeofday: [164, 170],
  quotactl: [179, 60],
  swapon: [167, 224],
  mbind: [237, 235],
  move_pages: [279, 239],
  mq_open: [240, 180],
};

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

  test("HD-01: it is nobody, without a capability, under seccomp, and can gain nothing", async () => {
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

  test("HD-03, HD-05: everything is read-only but three sized places that run no program", async () => {
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
  ])("HD-03, HD-05: %s is refused", async (expression, error) => {
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
    "system('chroot', b'/tmp')",
    "system('ptrace', 16, 1, None, None)",
    // A kernel of 32 bit, and code at addresses that are known.
    "system('personality', 0x0008)",
    "system('personality', 0x0040000)",
    // Of the kernel: cryptography, packets, virtual machines, CAN buses.
    ...[38, 17, 40, 29].map((family) => `system('socket', ${family}, 3, 0)`),
    ...Object.values(refusedCalls).map(
      ([x64, arm64]) => `system('syscall', ${process.arch === "arm64" ? arm64 : x64}, 0, None, 0, 0, 0, 0)`,
    ),
    // A new process in a user namespace of its own.
    `system('syscall', ${process.arch === "arm64" ? 220 : 56}, 0x10000011, None, None, None, None)`,
  ])("HD-02: the system call %s is refused", async (expression) => {
    const { value } = (await look(expression)) as { value?: string };
    expect(["Operation not permitted", "Function not implemented", "Permission denied"]).toContain(value);
  });

  test("HD-02: with the profile of an engine that still admits io_uring a container could use it, with ours not", async () => {
    const uring = "system('syscall', 425, 0, None, 0, 0, 0, 0)";
    const settings = { memory: 128 * mebibyte, cpus: 0.5, egress: "none" as const };
    const plain = await containerWorkshop(folder, undefined, null, "engine");
    try {
      const other = await versionIn(plain.workshop, folder, "python", { "main.py": looks }, settings);
      const { value } = (await other({ look: uring }).answer) as { value: string };
      // Newer engines refuse it themselves; the address that is none is what an admitted call complains of.
      expect(["Bad address", "Invalid argument", "Operation not permitted"]).toContain(value);
    } finally {
      await plain.workshop.stop();
    }
    expect(await look(uring)).toEqual({ value: "Operation not permitted" });
  }, 60_000);

  test("HD-04, HD-10: no socket of an engine, no device of the machine, no process but its own", async () => {
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

  test("HD-07: nothing of another version or call is left where it could be read", async () => {
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
