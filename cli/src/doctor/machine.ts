import { execFile } from "node:child_process";
import { request } from "node:http";
import { promisify } from "node:util";
import { type EngineInfo, readEngineInfo, readNeighbours } from "./engine.ts";

const answerMs = 3000;

/** What the Docker engine of this machine tells of itself, or null when none answers at `DOCKER_HOST` or the usual socket. */
export async function dockerInfo(host: string | undefined, signal: AbortSignal): Promise<EngineInfo | null> {
  const text = await ask(host, "/info", signal);
  return text === null ? null : readEngineInfo(text);
}

/** Whether containers on that engine's default network reach each other; null when it does not say. */
export async function reachNeighbours(
  host: string | undefined,
  signal: AbortSignal,
): Promise<boolean | null> {
  const text = await ask(host, "/networks/bridge", signal);
  return text === null ? null : readNeighbours(text);
}

function ask(dockerHost: string | undefined, path: string, signal: AbortSignal): Promise<string | null> {
  const host = dockerHost || "unix:///var/run/docker.sock";
  const where = host.startsWith("unix://")
    ? { socketPath: host.slice("unix://".length) }
    : addressOf(host.replace(/^tcp:/, "http:"));
  if (where === null) return Promise.resolve(null);
  const limit = AbortSignal.any([signal, AbortSignal.timeout(answerMs)]);
  return new Promise((resolve) => {
    const asked = request({ ...where, path, signal: limit }, (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => {
        text += chunk;
      });
      response.on("error", () => resolve(null));
      response.on("end", () => resolve(text));
    });
    asked.on("error", () => resolve(null));
    asked.end();
  });
}

function addressOf(host: string): { host: string; port: string } | null {
  if (!URL.canParse(host)) return null;
  const { hostname, port } = new URL(host);
  return { host: hostname, port: port || "2375" };
}

/** The version of this machine's `python3`, or null when there is none. */
export async function pythonVersion(signal: AbortSignal): Promise<string | null> {
  try {
    const code = "import platform; print(platform.python_version())";
    const { stdout } = await promisify(execFile)("python3", ["-c", code], { signal, timeout: answerMs });
    return stdout.trim();
  } catch {
    return null;
  }
}
