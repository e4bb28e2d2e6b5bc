import { spawn } from "node:child_process";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { makeCellFolder } from "../cell-folder.ts";
import { killStrays } from "../process-tree.ts";
import { LineCutter } from "../sandbox.ts";
import { type Archive, ArchiveRefused, takeArchive } from "./archive.ts";
import { tellOnce } from "./credentials-socket.ts";
import { type Installer, insideFolder, programs, writeAsked } from "./installer.ts";

/** Installs as a process of this user, bounded in time: for runners whose sandboxes are processes. The operator's own settings of npm and pip hold. */
export function plainInstaller(python: string | null): Installer {
  return async ({ plan, folder, archive, credentials, certificates, limits, said }, signal) => {
    const own = await makeCellFolder();
    const told = await tellOnce(join(own, "c"), JSON.stringify(credentials));
    const home = join(own, "home");
    await mkdir(home);
    const limit = AbortSignal.timeout(limits.ms);
    const isPython = plan.runtime === "python";
    const program = isPython ? (python ?? "python3") : process.execPath;
    const args = [...(isPython ? ["-B"] : ["--no-warnings"]), join(insideFolder, programs[plan.runtime])];
    const asked = join(own, "asked.json");
    await writeAsked(asked, { source: null, work: folder, proxy: null, credentials: join(own, "c") }, plan);
    const trusted =
      certificates === null ? {} : { NODE_EXTRA_CA_CERTS: certificates, PIP_CERT: certificates };
    const child = spawn(program, args, {
      cwd: folder,
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
      env: {
        ...trusted,
        ...operatorEnv(),
        PATH: process.env.PATH,
        LANG: "C.UTF-8",
        HOME: home,
        TMPDIR: home,
        PULSE_INSTALL: asked,
      },
    });
    const kill = () => {
      try {
        if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
      } catch {
        // The whole group has ended already.
      }
    };
    const stop = AbortSignal.any([signal, limit]);
    stop.addEventListener("abort", kill, { once: true });
    if (stop.aborted) kill();
    const cutter = new LineCutter(said.take);
    child.stderr.on("data", (chunk: Buffer) => cutter.add(chunk));
    const taken: Promise<Archive | { error: unknown }> = takeArchive(
      child.stdout,
      plan.placed,
      archive,
      limits,
    ).catch((error: unknown) => {
      kill();
      return { error };
    });
    try {
      const [code, name] = await new Promise<[number | null, string | null]>((resolve, reject) => {
        child.once("error", reject);
        child.once("close", (...ended) => resolve(ended));
      });
      cutter.end();
      signal.throwIfAborted();
      const made = await taken;
      const timedOut = limit.aborted;
      // Refused, it ends by our signal or by the pipe that broke under it, whichever is first.
      const isRefused =
        "error" in made && (name === "SIGKILL" || made.error instanceof ArchiveRefused) && !timedOut;
      if (code !== 0 && !isRefused) return { failed: { code, signal: name, outOfMemory: false, timedOut } };
      if ("error" in made) throw made.error;
      return { archive: made };
    } finally {
      stop.removeEventListener("abort", kill);
      kill();
      told.close();
      await killStrays(home).catch(() => undefined);
      await rm(own, { recursive: true, force: true }).catch(() => undefined);
    }
  };
}

/** The operator's own settings reach the installer; nothing else of the runner's environment does. */
function operatorEnv(): Record<string, string | undefined> {
  const wanted =
    /^(npm_config_|NPM_CONFIG_|PIP_|https?_proxy$|HTTPS?_PROXY$|no_proxy$|NO_PROXY$|NODE_EXTRA_CA_CERTS$|SSL_CERT_FILE$)/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => wanted.test(name)));
}
