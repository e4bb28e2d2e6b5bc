import { type ChildProcess, execFile, spawn } from "node:child_process";
import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";

const startMs = 60_000;
const stopMs = 30_000;
/**
 * Without KVM. The gVisor of Debian 12 takes every network namespace of a recent kernel for the host's, so on test engines it uses the network of
 * the container's namespace as it is. Open sockets are for egress lists and installs.
 */
const gvisorArgs = ["--platform=ptrace", "--network=host", "--host-uds=open"];

/** A Docker engine of our own: everything it owns lives under `folder`. */
export interface PrivateEngine {
  folder: string;
  host: string;
}

/** Whether a Docker engine answers at a `unix://` or `tcp://` address within 2 s. */
export function answers(host: string): Promise<boolean> {
  const url = new URL(host);
  const address =
    url.protocol === "unix:" ? { socketPath: url.pathname } : { host: url.hostname, port: url.port };
  return new Promise((resolve) => {
    const ping = request({ ...address, path: "/_ping", timeout: 2000 }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    ping.on("timeout", () => ping.destroy());
    ping.on("error", () => resolve(false));
    ping.on("close", () => resolve(false));
    ping.end();
  });
}

/** The address of an engine that answers: `DOCKER_HOST` when it is set, else the default socket; null when none does. */
export async function findEngine(env: NodeJS.ProcessEnv = process.env): Promise<string | null> {
  const host = env.DOCKER_HOST || "unix:///var/run/docker.sock";
  if (!/^(unix|tcp):\/\//.test(host)) return null;
  return (await answers(host)) ? host : null;
}

/** Registers gVisor where its program is installed. */
function engineConfig(): object {
  const path = ["/usr/bin/runsc", "/usr/local/bin/runsc"].find((one) => existsSync(one));
  return path === undefined ? {} : { runtimes: { runsc: { path, runtimeArgs: gvisorArgs } } };
}

/** Starts `dockerd` with data, sockets and pid file of its own, and `more` arguments, and waits until it answers; throws with its log's tail. Root only. */
export async function startEngine(
  folder = mkdtempSync("/var/tmp/pulse-engine-"),
  more: readonly string[] = [],
): Promise<PrivateEngine> {
  mkdirSync(folder, { recursive: true });
  const config = join(folder, "daemon.json");
  writeFileSync(config, JSON.stringify(engineConfig()));
  const log = openSync(join(folder, "log"), "w");
  const host = `unix://${join(folder, "docker.sock")}`;
  const daemon = spawn(
    "dockerd",
    [
      ...["--config-file", config, "--storage-driver", "overlay2", "--host", host],
      ...["--data-root", join(folder, "data"), "--exec-root", join(folder, "exec")],
      ...["--pidfile", join(folder, "dockerd.pid"), ...more],
    ],
    { stdio: ["ignore", log, log], detached: true },
  );
  closeSync(log);
  // At once, so that a start that is broken off can be stopped too.
  if (daemon.pid !== undefined) writeFileSync(join(folder, "engine.pid"), String(daemon.pid));
  const ended = endOf(daemon);
  const deadline = Date.now() + startMs;
  while (!(await answers(host))) {
    const end = await Promise.race([ended, delay(200, null)]);
    if (end === null && Date.now() < deadline) continue;
    daemon.kill("SIGKILL");
    const tail = readFileSync(join(folder, "log"), "utf8").trim().split("\n").slice(-15).join("\n");
    throw new Error(`dockerd ${end ?? `did not answer within ${startMs / 1000} s`}\n${tail}`);
  }
  daemon.unref();
  return { folder, host };
}

/** Stops a private engine and removes what it owned. Does nothing when it is gone already. */
export async function stopEngine(folder: string): Promise<void> {
  const pidFile = join(folder, "engine.pid");
  if (existsSync(pidFile)) {
    const pid = Number(readFileSync(pidFile, "utf8"));
    if (isOurs(pid, folder)) {
      await removeContainers(folder);
      process.kill(pid, "SIGTERM");
      const deadline = Date.now() + stopMs;
      while (isOurs(pid, folder)) {
        if (Date.now() > deadline) process.kill(pid, "SIGKILL");
        await delay(200);
      }
    }
  }
  // An engine that was killed leaves the keepers of its containers, which name its folder.
  for (const name of readdirSync("/proc")) if (isKeeper(name, folder)) process.kill(Number(name), "SIGKILL");
  await unmountBelow(folder);
  rmSync(folder, { recursive: true, force: true });
}

/** A process that uses the pid again is not our engine: its command line does not name our folder. */
function isOurs(pid: number, folder: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(folder);
  } catch {
    return false;
  }
}

/** Whether a process is a containerd or a shim of this engine. */
function isKeeper(pid: string, folder: string): boolean {
  try {
    const [program = "", ...args] = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
    return (
      /(^|\/)containerd(-shim[\w-]*)?$/.test(program) && args.some((arg) => arg.startsWith(`${folder}/`))
    );
  } catch {
    return false;
  }
}

/** Containers would outlive their engine's SIGTERM grace one by one; removed together they are gone in a second. */
async function removeContainers(folder: string): Promise<void> {
  const docker = (...args: string[]) =>
    promisify(execFile)("docker", ["--host", `unix://${join(folder, "docker.sock")}`, ...args], {
      timeout: stopMs,
    }).catch(() => ({ stdout: "" }));
  const { stdout } = await docker("ps", "--all", "--quiet");
  const ids = stdout.split("\n").filter((id) => id !== "");
  if (ids.length > 0) await docker("rm", "--force", ...ids);
}

/** An engine that was killed leaves overlay and network namespace mounts, which would keep its folder from being removed. */
async function unmountBelow(folder: string): Promise<void> {
  const mounts = readFileSync("/proc/self/mounts", "utf8")
    .split("\n")
    .map((line) => line.split(" ")[1] ?? "")
    .filter((path) => path.startsWith(`${folder}/`))
    .sort()
    .reverse();
  for (const path of mounts) await promisify(execFile)("umount", ["--lazy", path]);
}

function endOf(daemon: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    daemon.once("exit", (code, signal) => resolve(`ended with ${signal ?? `code ${code}`}`));
    daemon.once("error", (error) => resolve(`could not be started: ${error.message}`));
  });
}

if (import.meta.main) {
  const [verb, folder] = process.argv.slice(2);
  if (verb === "start" && folder !== undefined) {
    const engine = await startEngine(folder);
    process.stdout.write(`${engine.host}\n`);
  } else if (verb === "stop" && folder !== undefined) {
    await stopEngine(folder);
  } else if (verb === "find") {
    process.stdout.write(`${(await findEngine()) ?? ""}\n`);
  } else {
    process.stderr.write("usage: docker-engine.ts find | start <folder> | stop <folder>\n");
    process.exitCode = 2;
  }
}
