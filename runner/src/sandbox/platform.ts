import { execFile } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { promisify } from "node:util";
import type { Language } from "@pulse/schema/wire/manifest";

const run = promisify(execFile);
const probe =
  "import platform, sys, sysconfig; print(sys.implementation.cache_tag, sysconfig.get_platform(), platform.libc_ver()[0], sep='-')";
const known = new Map<string, Promise<string>>();

/**
 * What decides which prebuilt packages fit the Node or Python of this machine: its version, system, processor and C library. Runners on
 * machines of which it is the same share what they installed. Throws when Python cannot be started.
 */
export function platformOf(runtime: Language, python: string | null): Promise<string> {
  const program = runtime === "typescript" ? process.execPath : (python ?? "python3");
  const found = known.get(program);
  if (found !== undefined) return found;
  const asked = runtime === "typescript" ? Promise.resolve(nodePlatform()) : pythonPlatform(program);
  known.set(program, asked);
  asked.catch(() => known.delete(program));
  return asked;
}

function nodePlatform(): string {
  const { versions, platform, arch } = process;
  const libc = platform === "linux" ? (usesMusl() ? "-musl" : "-glibc") : "";
  return `node-${versions.node}-${platform}-${arch}${libc}`;
}

/** A system of musl has its loader in `/lib`. */
function usesMusl(): boolean {
  return existsSync("/lib") && readdirSync("/lib").some((name) => name.startsWith("ld-musl-"));
}

async function pythonPlatform(program: string): Promise<string> {
  const { stdout } = await run(program, ["-I", "-c", probe], { timeout: 20_000 });
  return `python-${stdout.trim()}`;
}
