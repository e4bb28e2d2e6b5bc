import { chmod, copyFile, cp, link, mkdir, readdir, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Writable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import type { Runtime } from "@pulse/schema/wire/manifest";
import Docker from "dockerode";
import { FrameLine } from "../frames.ts";
import { makeCellFolder } from "./cell-folder.ts";
import { containerOptions } from "./docker-spec.ts";
import { drained } from "./drained.ts";
import type { OpenedRange } from "./egress/address-rules.ts";
import { type EgressPolicy, ProjectNetworks, sweepNetworks } from "./egress/project-networks.ts";
import { listenForEgress } from "./egress/proxy.ts";
import { listenForLine } from "./line-socket.ts";
import { bootstraps } from "./process.ts";
import {
  type Cell,
  type CellSpec,
  type ExitFacts,
  LineCutter,
  type Sandbox,
  type TakeOutput,
} from "./sandbox.ts";

const connectMs = 30_000;
const removeMostMs = 10_000;

/** What containers are made with. */
export interface DockerOptions {
  docker: Docker;
  imageOf: (runtime: Runtime) => string;
  /** Its id: what carries it as a label is this runner's. */
  runner: string;
  policy: EgressPolicy;
  log: (line: string) => void;
}

/** An engine client for `DOCKER_HOST`, or the usual socket. */
export function dockerClient(): Docker {
  const host = process.env.DOCKER_HOST;
  return host?.startsWith("unix://")
    ? new Docker({ socketPath: host.slice("unix://".length) })
    : new Docker();
}

/** Whether an engine answers. */
export async function engineAnswers(docker: Docker): Promise<boolean> {
  return docker.ping().then(
    () => true,
    () => false,
  );
}

/** Containers of this runner, each with the profile of `docker-spec.ts`. What an earlier process of this runner left is removed first. */
export async function dockerSandbox({
  docker,
  imageOf,
  runner,
  policy,
  log,
}: DockerOptions): Promise<Sandbox> {
  await sweep(docker, runner);
  const cells = new Set<Cell>();
  const networks = new ProjectNetworks({ docker, runner, policy, log });
  return {
    kind: "docker",
    async start(spec, signal) {
      const image = imageOf(spec.runtime);
      const network = spec.egress === "open" ? await networks.of(spec.project, image) : null;
      const of = { image, runner, network, opened: policy.opened };
      const cell = await startCell(docker, spec, of, signal);
      cells.add(cell);
      void cell.exited.then(() => cells.delete(cell));
      return cell;
    },
    async identity(runtime) {
      const { Id, Architecture } = await docker.getImage(imageOf(runtime)).inspect();
      return `${Id}-${Architecture}`;
    },
    async stop() {
      await Promise.all([...cells].map((cell) => cell.destroy()));
      await sweep(docker, runner);
      await networks.stop();
    },
  };
}

/** Removes containers and networks labelled with this runner; all others are left alone. */
async function sweep(docker: Docker, runner: string): Promise<void> {
  const left = await docker.listContainers({ all: true, filters: { label: [`pulse.runner=${runner}`] } });
  await Promise.all(
    left.map(({ Id }) => docker.getContainer(Id).remove({ force: true, v: true }).catch(ignoreGone)),
  );
  await sweepNetworks(docker, runner);
}

async function startCell(
  docker: Docker,
  spec: CellSpec,
  {
    opened,
    ...of
  }: { image: string; runner: string; network: string | null; opened: readonly OpenedRange[] },
  signal: AbortSignal,
): Promise<Cell> {
  const folder = await makeCellFolder();
  await chmod(folder, 0o755);
  await cp(dirname(bootstraps[spec.runtime]), folder, { recursive: true });
  const socket = await listenForLine(join(folder, "s"), connectMs, signal);
  await chmod(join(folder, "s"), 0o777);
  const { egress } = spec;
  let say: (line: string) => void = () => undefined;
  const proxy = Array.isArray(egress)
    ? await listenForEgress(join(folder, "e"), { allowed: egress, opened, onRefused: (line) => say(line) })
    : null;
  if (proxy !== null) await chmod(join(folder, "e"), 0o777);
  const clean = async () => {
    socket.close();
    proxy?.close();
    await rm(folder, { recursive: true, force: true }).catch(() => undefined);
  };
  const container = await docker
    .createContainer(containerOptions(spec, { ...of, folder }))
    .catch(async (error: unknown) => {
      await clean();
      throw error;
    });
  // What cannot be removed now, for the engine is gone, is removed by the next start's sweep.
  const remove = () => container.remove({ force: true, v: true }).catch(() => undefined);
  try {
    // Attached before it starts, so that no line is missed; the wait is set up before too, so that no exit is.
    const attached = await container.attach({ stream: true, stdout: true, stderr: true });
    let take: TakeOutput = () => undefined;
    say = (line) => take("stderr", line);
    const outputs = (["stdout", "stderr"] as const).map((stream) => {
      const cutter = new LineCutter((text) => take(stream, text));
      const pipe = new Writable({
        write(chunk: Buffer, _encoding, done) {
          cutter.add(chunk);
          done();
        },
      });
      return { cutter, pipe };
    });
    const [out, err] = outputs;
    container.modem.demuxStream(attached, out?.pipe, err?.pipe);
    attached.on("error", () => undefined);
    let line: FrameLine | null = null;
    const exited = exitOf(container).then(async (facts) => {
      await drained([attached, ...(line === null ? [] : [line.stream])]);
      for (const { cutter } of outputs) cutter.end();
      await remove();
      await clean();
      return facts;
    });
    await container.start();
    const first = await Promise.race([socket.connected, exited.then(() => null)]);
    if (first === null) throw new Error("the container ended before its runtime connected");
    const frames = new FrameLine(first);
    line = frames;
    return {
      line: frames,
      exited,
      async place(code) {
        await linkTree(code, join(folder, "code"));
        return { code: "/fn/code", deps: null };
      },
      onOutput: (next) => {
        take = next;
      },
      terminate: () => void container.kill({ signal: "SIGTERM" }).catch(() => undefined),
      async destroy() {
        frames.close();
        await remove();
        // An engine that cannot remove it now does at the next start; nobody waits for that.
        await Promise.race([exited, sleep(removeMostMs, undefined, { ref: false })]);
      },
    };
  } catch (error) {
    await remove();
    await clean();
    throw error;
  }
}

async function exitOf(container: Docker.Container): Promise<ExitFacts> {
  const lost: ExitFacts = { code: null, signal: null, outOfMemory: false, engineLost: true };
  try {
    const { StatusCode } = (await container.wait({ condition: "next-exit" })) as { StatusCode: number };
    const state = await container.inspect().then(
      ({ State }) => State,
      () => null,
    );
    const code = StatusCode > 128 ? null : StatusCode;
    const signal = StatusCode > 128 ? `signal ${StatusCode - 128}` : null;
    return { code, signal, outOfMemory: state?.OOMKilled ?? false, engineLost: false };
  } catch (error) {
    // A container that was removed has ended; an engine that does not answer has not told.
    return isGone(error) ? { ...lost, engineLost: false, signal: "SIGKILL" } : lost;
  }
}

function isGone(error: unknown): boolean {
  return (
    typeof error === "object" &&
    error !== null &&
    "statusCode" in error &&
    (error.statusCode === 404 || error.statusCode === 409)
  );
}

function ignoreGone(error: unknown): void {
  if (!isGone(error)) throw error;
}

/** The same files under another folder: hard links where the file system allows, else copies. */
async function linkTree(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true });
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) await linkTree(source, target);
    else await link(source, target).catch(() => copyFile(source, target));
  }
}
