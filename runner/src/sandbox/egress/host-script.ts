import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import type Docker from "dockerode";

const mostMs = 20_000;

/** Runs a shell script as root in the network namespace of the engine's host; resolves to what it printed. Throws with its last words. */
export type HostScript = (script: string) => Promise<string>;

/** Runs scripts right here, for a runner that is root where the engine's bridges are. */
export const hereScript: HostScript = (script) =>
  new Promise((resolve, reject) => {
    const path = `${process.env.PATH ?? ""}:/usr/sbin:/sbin`;
    const options = { timeout: mostMs, env: { PATH: path, LANG: "C" } };
    execFile("/bin/sh", ["-c", script], options, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new Error(stderr.trim() || error.message));
    });
  });

/** Whether this process is root in the namespace in which a bridge stands. */
export function isHere(bridge: string): boolean {
  return process.getuid?.() === 0 && existsSync(`/sys/class/net/${bridge}`);
}

/**
 * Runs scripts in a container of the engine, with the host's network, the host's own programs and what changing packet filters takes. The one
 * container that Pulse starts without the profile of functions; no user's code or value ever reaches it.
 */
export function containerScript(docker: Docker, image: string, runner: string): HostScript {
  return async (script) => {
    const container = await docker.createContainer({
      Image: image,
      User: "0:0",
      Entrypoint: ["chroot", "/host", "/bin/sh", "-c", script],
      Cmd: [],
      Env: ["PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C"],
      Labels: { "pulse.runner": runner },
      AttachStdout: true,
      AttachStderr: true,
      HostConfig: {
        NetworkMode: "host",
        UsernsMode: "host",
        Binds: ["/:/host:ro", "/run:/host/run"],
        CapDrop: ["ALL"],
        CapAdd: ["NET_ADMIN", "NET_RAW", "SYS_CHROOT"],
        SecurityOpt: ["no-new-privileges"],
        ReadonlyRootfs: true,
        LogConfig: { Type: "none", Config: {} },
      },
    });
    try {
      const attached = await container.attach({ stream: true, stdout: true, stderr: true });
      const texts = { stdout: "", stderr: "" };
      const collect = (into: keyof typeof texts) => ({
        write: (chunk: Buffer) => {
          texts[into] += chunk.toString("utf8");
          return true;
        },
      });
      container.modem.demuxStream(attached, collect("stdout") as never, collect("stderr") as never);
      const ended = container.wait({ condition: "next-exit" }) as Promise<{ StatusCode: number }>;
      await container.start();
      const limit = AbortSignal.timeout(mostMs);
      const { StatusCode } = await Promise.race([
        ended,
        new Promise<never>((_, reject) =>
          limit.addEventListener("abort", () => reject(new Error("it took longer than 20 s"))),
        ),
      ]);
      if (StatusCode !== 0) throw new Error(texts.stderr.trim() || `it ended with ${StatusCode}`);
      return texts.stdout;
    } finally {
      await container.remove({ force: true, v: true }).catch(() => undefined);
    }
  };
}
