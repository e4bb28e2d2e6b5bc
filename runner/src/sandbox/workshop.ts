import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ProblemError } from "@pulse/schema/problem";
import type { Language } from "@pulse/schema/wire/manifest";
import { CacheRoom, usualCacheBytes } from "../cache/cache-room.ts";
import { FreeDisk } from "../cache/free-disk.ts";
import type { Workshop } from "../work.ts";
import { runBuild } from "./build.ts";
import { sweepCellFolders } from "./cell-folder.ts";
import { CommandContainers } from "./command-container.ts";
import { type ConfinementPolicy, confinementOf } from "./confinement.ts";
import { dockerClient, dockerSandbox, engineAnswers } from "./docker.ts";
import { type EgressPolicy, ProjectNetworks } from "./egress/project-networks.ts";
import { EngineWatch } from "./engine-watch.ts";
import { CustomImages } from "./images/custom-images.ts";
import { readImagePolicy } from "./images/image-policy.ts";
import { RegistryAuths } from "./images/registry-auth.ts";
import { Images } from "./images/runtime-images.ts";
import { confinedInstaller } from "./install/confined-install.ts";
import type { Installer } from "./install/installer.ts";
import { defaultLimits, type InstallLimits } from "./install/limits.ts";
import { plainInstaller } from "./install/plain-install.ts";
import { Installed } from "./installed.ts";
import { WarmPool } from "./pool/warm-pool.ts";
import { CodeShelf, dependenciesIn, shelfName } from "./prepare-code.ts";
import { Prewarm } from "./prewarm.ts";
import { processSandbox } from "./process.ts";
import { runCall } from "./run-call.ts";
import type { Sandbox } from "./sandbox.ts";

export interface WorkshopOptions {
  /** Null: docker when an engine answers, else process. */
  kind: "docker" | "process" | null;
  stateDir: string;
  images: { typescript: string | null; python: string | null };
  /** Patterns of the custom images that may run here (`image-policy.ts`), and the file of their registries' credentials. */
  customImages?: { allowed: string; authFile: string | null };
  slots: number;
  /** The runner's id: containers are labelled with it. */
  runner: string;
  log: (line: string) => void;
  /** What separates containers from the machine's kernel. */
  confinement: ConfinementPolicy;
  /** What functions may reach of closed networks. */
  egress: EgressPolicy;
  /** What all sandboxes together may have as memory limits, bytes; absent: what the machine has free decides. */
  memory?: number | null;
  /** How long a sandbox is idle before it is frozen, milliseconds; 10 s. */
  freezeAfterMs?: number;
  /** What the disk holds and must have: other folders of the same cache, the most that it takes (absent: a tenth of the disk, 10 GiB at most), the least that must be free. */
  cache?: { shelves: readonly string[]; bytes: number | null; leastFreeBytes: number };
  /** What one install of dependencies may take, where that is not the default. */
  installs?: Partial<InstallLimits>;
}

/** What kind of sandbox this machine has, and which runtimes it can run now. */
interface Equipment {
  sandbox: Sandbox;
  install: Installer;
  /** Null: no custom images run here. */
  custom: CustomImages | null;
  /** Null: no commands run in images here. */
  containers: CommandContainers | null;
  runtimes(): readonly string[];
  preparing(): string | null;
  onChange(callback: () => void): void;
  stop(): void;
}

/** The half of the runner that runs code, with the sandbox that this machine has. Throws when `docker` is asked for and no engine answers. */
export async function createWorkshop(options: WorkshopOptions): Promise<Workshop> {
  mkdirSync(join(options.stateDir, "versions"), { recursive: true, mode: 0o755 });
  // What builds left when this runner was killed.
  rmSync(join(options.stateDir, "builds"), { recursive: true, force: true });
  const equipment = await equip(options);
  const { sandbox } = equipment;
  const pool = new WarmPool(sandbox, {
    budgetBytes: options.memory ?? null,
    idleMost: Math.max(4, options.slots * 2),
    ...(options.freezeAfterMs === undefined ? {} : { freezeAfterMs: options.freezeAfterMs }),
  });
  const versions = join(options.stateDir, "versions");
  const room = new CacheRoom({
    shelves: [versions, dependenciesIn(versions), ...(options.cache?.shelves ?? [])],
    mostBytes: options.cache?.bytes ?? (await usualCacheBytes(options.stateDir)),
    // Code of a plain process is read where it stands; dependencies go after the versions that have them.
    isInUse: (name, shelf, names) =>
      shelf === dependenciesIn(versions)
        ? names.some((one) => one.endsWith(`-${name.slice(0, 16)}`))
        : pool.keys().some((key) => isNameOf(name, key)),
    onRemoved: (name) => shelf.forget(name),
    log: options.log,
  });
  const shelf = new CodeShelf(versions, room);
  await room.start();
  const disk = new FreeDisk({
    folders: [options.stateDir, tmpdir()],
    leastBytes: options.cache?.leastFreeBytes ?? 0,
    log: options.log,
  });
  await disk.start();
  const bench = {
    shelf,
    pool,
    sandbox,
    folder: join(options.stateDir, "builds"),
    install: equipment.install,
    custom: equipment.custom,
    installed: new Installed(),
    limits: { ...defaultLimits, ...options.installs },
  };
  const prewarm = new Prewarm(bench, options.log);
  return {
    get runtimes() {
      return disk.lack === null ? equipment.runtimes() : [];
    },
    capabilities: [sandbox.kind, "build", "stream"],
    preparing: () => disk.lack ?? equipment.preparing(),
    warm: () => pool.keys().map((key) => key.slice(0, key.indexOf("/"))),
    onChange(callback) {
      equipment.onChange(callback);
      disk.onChange(callback);
      pool.onChange(callback);
    },
    containers: equipment.containers,
    run: (job, link, signal) => runCall(bench, job, link, signal),
    prewarm: (orders, link) => void prewarm.follow(orders, link),
    build: (job, link, signal) => runBuild(bench, job, link, signal),
    async stop() {
      equipment.stop();
      disk.stop();
      room.stop();
      prewarm.stop();
      await pool.stop();
      await sandbox.stop();
    },
  };
}

/** Whether a folder of the shelf is what the cells of a key have loaded. */
function isNameOf(name: string, key: string): boolean {
  const [version = "", deps = "null"] = key.split("/");
  return name === shelfName(version, deps === "null" ? null : deps);
}

async function equip(options: WorkshopOptions): Promise<Equipment> {
  await sweepCellFolders().catch((error: unknown) =>
    options.log(`old sandbox folders stay: ${String(error)}`),
  );
  const docker = dockerClient();
  const answers = options.kind === "process" ? false : await engineAnswers(docker);
  if (options.kind === "docker" && !answers) {
    throw new ProblemError("unavailable", "PULSE_SANDBOX is docker, but no Docker engine answers", {
      hint: "Start one, or say with DOCKER_HOST where it is; or set PULSE_SANDBOX=process, without isolation.",
    });
  }
  if (!answers) {
    const python = findPython();
    const runtimes = python === null ? ["typescript"] : ["typescript", "python"];
    const nothing = () => undefined;
    return {
      sandbox: processSandbox(python),
      install: plainInstaller(python),
      custom: null,
      containers: null,
      runtimes: () => runtimes,
      preparing: () => null,
      onChange: nothing,
      stop: nothing,
    };
  }
  const { allowed = "", authFile = null } = options.customImages ?? {};
  const auths = new RegistryAuths(authFile);
  const images = new Images(docker, options.images, auths, options.log);
  const { runner, log, egress: policy } = options;
  const engine = new EngineWatch(docker, log);
  const imageOf = (runtime: Language) => images.nameOf(runtime);
  const confinement = await confinementOf(docker, options.confinement);
  const networks = new ProjectNetworks({ docker, runner, policy, log });
  const common = { docker, runner, confinement, networks };
  const sandbox = await dockerSandbox({ ...common, engine, imageOf, policy });
  const custom = new CustomImages({ docker, runner, auths, allows: readImagePolicy(allowed), log });
  // A custom image needs a companion, which is made of Python's.
  const ready = () => [...images.ready(), ...(images.ready().includes("python") ? ["image"] : [])];
  void images.prepare();
  return {
    sandbox,
    install: confinedInstaller({ docker, imageOf, runner, opened: policy.opened, confinement }),
    custom,
    containers: new CommandContainers({ ...common, images: custom, filterImage: () => imageOf("python") }),
    runtimes: () => (engine.isAway ? [] : ready()),
    preparing: () =>
      engine.isAway ? "waiting for the Docker engine" : (images.preparing() ?? custom.preparing()),
    onChange(callback) {
      images.onChange(callback);
      custom.onChange(callback);
      engine.onChange(callback);
    },
    stop() {
      engine.stop();
      images.stop();
    },
  };
}

/** The Python of this machine, or null. */
export function findPython(): string | null {
  try {
    const probe = "import sys; print(sys.executable if sys.version_info >= (3, 11) else '')";
    const path = execFileSync("python3", ["-c", probe], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    }).trim();
    return path === "" ? null : path;
  } catch {
    return null;
  }
}
