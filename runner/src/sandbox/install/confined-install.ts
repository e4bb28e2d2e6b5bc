import { chmod, copyFile, cp, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import type { Language } from "@pulse/schema/wire/manifest";
import type Docker from "dockerode";
import { attachTo, createPartReader } from "../attach.ts";
import { makeCellFolder } from "../cell-folder.ts";
import { type Confinement, noSockets } from "../confinement.ts";
import type { OpenedRange } from "../egress/address-rules.ts";
import { listenForEgress } from "../egress/proxy.ts";
import { MemoryWitness } from "../memory-witness.ts";
import { CreationGate } from "../pool/creation-gate.ts";
import { bootstraps } from "../process.ts";
import { LineCutter } from "../sandbox.ts";
import { type Archive, ArchiveRefused, takeArchive } from "./archive.ts";
import { buildContainerOptions, inside } from "./build-container.ts";
import { tellOnce } from "./credentials-socket.ts";
import { type Installer, type Installing, insideFolder, writeAsked } from "./installer.ts";
import { openedFor } from "./registries.ts";

const killMostMs = 10_000;
/** What leads pip to the proxy's socket: the runtime's own, for functions have the same need. */
const forwarder = join(dirname(bootstraps.python), "pulse_runtime/egress.py");

/** What build containers are made with. */
export interface ConfinedOptions {
  docker: Docker;
  imageOf: (runtime: Language) => string;
  runner: string;
  /** Closed networks that the runner's policy opens, for registries that a bundle names. */
  opened: readonly OpenedRange[];
  confinement: Confinement;
}

/**
 * Installs in a container of the image that will run the packages, with the profile of `build-container.ts`. It has no network: a proxy on a
 * socket reaches the registries and nothing else.
 */
export function confinedInstaller(options: ConfinedOptions): Installer {
  const { docker, imageOf, runner, opened, confinement } = options;
  // Two at a time: each may take a gigabyte of memory while it runs.
  const gate = new CreationGate();
  const confined: Installer = async (install, signal) => {
    if (!confinement.reachesSockets)
      throw new Error(noSockets(confinement.runtime, "installing dependencies"));
    const line = await makeCellFolder();
    const closing: { close(): void }[] = [];
    try {
      await Promise.all([chmod(line, 0o755), chmod(install.folder, 0o755)]);
      // A runner in a container has its own programs where the engine does not see them.
      await cp(insideFolder, join(line, "programs"), { recursive: true });
      closing.push(await tellOnce(join(line, "c"), JSON.stringify(install.credentials)));
      closing.push(await reachRegistries(join(line, "e"), install, opened));
      if (install.plan.runtime === "python") await copyFile(forwarder, join(line, "egress.py"));
      if (install.certificates !== null) await copyFile(install.certificates, join(line, "ca.pem"));
      const { sockets, source } = inside;
      const work = `${inside.work}/code`;
      const asked = { source, work, proxy: `${sockets}/e`, credentials: `${sockets}/c` };
      await writeAsked(join(line, "asked.json"), asked, install.plan);
      const options = buildContainerOptions(install, {
        ...{ image: imageOf(install.plan.runtime), runner, line, ...confinement },
        certificates: install.certificates !== null,
      });
      return await runToEnd(docker, await docker.createContainer(options), install, signal);
    } finally {
      for (const one of closing) one.close();
      await rm(line, { recursive: true, force: true }).catch(() => undefined);
    }
  };
  return (install, signal) =>
    gate.run(
      () => confined(install, signal),
      () => true,
      signal,
    );
}

/** The proxy of one install: the operator's registries wherever they stand, those that the bundle names where any function may reach them. */
async function reachRegistries(
  path: string,
  { hosts, plan, said }: Installing,
  opened: readonly OpenedRange[],
): Promise<{ close(): void }> {
  const own = await openedFor(hosts);
  const proxy = await listenForEgress(path, {
    allowed: [...hosts, ...plan.hosts],
    opened: [...opened, ...own.opened],
    resolve: own.resolve,
    onRefused: said.take,
  });
  await chmod(path, 0o777);
  return proxy;
}

async function runToEnd(
  docker: Docker,
  container: Docker.Container,
  { plan, archive, limits, said }: Installing,
  signal: AbortSignal,
): ReturnType<Installer> {
  const limit = AbortSignal.timeout(limits.ms);
  const stop = AbortSignal.any([signal, limit]);
  const lost = Promise.withResolvers<never>();
  lost.promise.catch(() => undefined);
  const kill = () => {
    void container.kill().catch(() => undefined);
    // An engine that cannot end it is one that is lost; its containers are removed at the next start.
    setTimeout(() => lost.reject(new Error("the engine did not end the install")), killMostMs).unref();
  };
  const orLost = <Made>(work: Promise<Made>) => Promise.race([work, lost.promise]);
  stop.addEventListener("abort", kill, { once: true });
  const witness = new MemoryWitness(docker, container.id);
  try {
    // Attached and waited for before it starts, so that neither a line nor its end is missed.
    const attached = await attachTo(docker, container.id, { stdin: false });
    const ended = container.wait({ condition: "next-exit" }) as Promise<{ StatusCode: number }>;
    ended.catch(() => undefined);
    const cutter = new LineCutter(said.take);
    const tar = Readable.from(outputOf(attached, (chunk) => cutter.add(chunk)));
    const taken: Promise<Archive | { error: unknown }> = takeArchive(tar, plan.placed, archive, limits).catch(
      (error: unknown) => {
        kill();
        return { error };
      },
    );
    attached.once("end", () => witness.look());
    await container.start();
    witness.begin();
    if (stop.aborted) kill();
    const made = await orLost(taken);
    cutter.end();
    const { StatusCode } = await orLost(ended);
    signal.throwIfAborted();
    const { State } = await orLost(container.inspect());
    const timedOut = limit.aborted;
    const outOfMemory = State.OOMKilled || (StatusCode === 137 ? await witness.asked() : witness.look());
    const isEnded = StatusCode === 137 || ("error" in made && made.error instanceof ArchiveRefused);
    const isRefused = "error" in made && isEnded && !timedOut && !outOfMemory;
    if (StatusCode !== 0 && !isRefused) {
      const code = StatusCode > 128 ? null : StatusCode;
      const name = StatusCode > 128 ? `signal ${StatusCode - 128}` : null;
      return { failed: { code, signal: name, outOfMemory, timedOut } };
    }
    if ("error" in made) throw made.error;
    return { archive: made };
  } finally {
    stop.removeEventListener("abort", kill);
    const removed = container.remove({ force: true, v: true }).catch(() => undefined);
    await Promise.race([removed, sleep(killMostMs, undefined, { ref: false })]);
  }
}

/** The standard output among an engine's stream; the rest is the log. */
async function* outputOf(
  attached: AsyncIterable<unknown>,
  onLog: (chunk: Buffer) => void,
): AsyncGenerator<Buffer> {
  let parts: Buffer[] = [];
  const read = createPartReader((stream, part) => {
    if (stream === "stderr") onLog(part);
    else parts.push(part);
  });
  for await (const chunk of attached) {
    read(chunk as Buffer); // The engine's stream has no encoding set.
    yield* parts;
    parts = [];
  }
}
