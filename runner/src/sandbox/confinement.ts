import { ProblemError } from "@pulse/schema/problem";
import type Docker from "dockerode";
import * as z from "zod";
import { seccompProfile } from "./seccomp.ts";

/** What separates containers from this machine's kernel, decided once when the runner starts. */
export interface Confinement {
  /** What the engine runs them with; null: what it runs containers with by default. */
  runtime: string | null;
  /** How frames reach them: a unix socket does not lead out of a kernel of their own. */
  transport: "socket" | "stdio";
  /** Whether they can connect to a unix socket in a folder that is bound into them, which egress lists and installs need. */
  reachesSockets: boolean;
  /** The seccomp profile of its own, as JSON; null: the engine's. */
  seccomp: string | null;
}

/** What a runner's operator asks for. */
export interface ConfinementPolicy {
  /** A runtime of the engine, such as `runsc`; null: its default. */
  runtime: string | null;
  /** Whose seccomp profile applies: Pulse's own, or the engine's. */
  seccomp: "strict" | "engine";
}

const shape = z.object({
  Architecture: z.string().default(""),
  ServerVersion: z.string().default(""),
  Runtimes: z.record(z.string(), z.object({ runtimeArgs: z.array(z.string()).nullish() })).nullish(),
});

/** The confinement that the operator asked for. Throws, with what to do, when the engine has no such runtime. */
export async function confinementOf(docker: Docker, policy: ConfinementPolicy): Promise<Confinement> {
  const { runtime } = policy;
  const { Architecture, ServerVersion, Runtimes } = shape.parse(await docker.info());
  if (runtime === null || runtime === "runc") {
    const isStrict = policy.seccomp === "strict" && tellsErrors(ServerVersion);
    const seccomp = isStrict ? seccompProfile(Architecture) : null;
    return { runtime, transport: "socket", reachesSockets: true, seccomp };
  }
  const found = Runtimes?.[runtime];
  if (found === undefined) {
    const there = Object.keys(Runtimes ?? {}).join(", ");
    throw new ProblemError(
      "validation_failed",
      `PULSE_CONTAINER_RUNTIME is ${runtime}, but the Docker engine has no such runtime (it has ${there})`,
      {
        hint: `Install it (Debian: apt-get install ${runtime}), name it under "runtimes" in /etc/docker/daemon.json and restart the engine; or unset PULSE_CONTAINER_RUNTIME.`,
      },
    );
  }
  const args = found.runtimeArgs ?? [];
  const reachesSockets = args.some((arg) => /^--?(host-uds=(open|all)|fsgofer-host-uds(=true)?)$/.test(arg));
  // A kernel of its own answers the system calls; the filter of the machine's kernel is its maker's.
  return { runtime, transport: "stdio", reachesSockets, seccomp: null };
}

/** Whether an engine can refuse a call with an error of the profile's choice: Docker from 20.10.10 on. Without that no C library starts threads. */
function tellsErrors(version: string): boolean {
  const [major = 0, minor = 0, patch = 0] = version.split(/[.+~-]/).map(Number);
  return major > 20 || (major === 20 && (minor > 10 || (minor === 10 && patch >= 10)));
}

/** Why something that needs a unix socket of this runner cannot be done in such containers, and what to change. */
export function noSockets(runtime: string | null, what: string): string {
  return `${what} needs a unix socket of the runner, which containers under ${runtime} do not reach; add "--host-uds=open" to its "runtimeArgs" in /etc/docker/daemon.json and restart the engine`;
}
