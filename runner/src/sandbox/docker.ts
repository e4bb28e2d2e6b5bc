import { chmod, cp, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Writable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import type { Runtime } from "@pulse/schema/wire/manifest";
import Docker from "dockerode";
import { FrameLine } from "../frames.ts";
import { makeCellFolder } from "./cell-folder.ts";
import { exitOf, isGone } from "./container-exit.ts";
import { containerOptions } from "./docker-spec.ts";
import { drained } from "./drained.ts";
import type { OpenedRange } from "./egress/address-rules.ts";
import { type EgressPolicy, ProjectNetworks, sweepNetworks } from "./egress/project-networks.ts";
import { listenForEgress } from "./egress/proxy.ts";
import { type EngineWatch, isConnectionError } from "./engine-watch.ts";
import { listenForLine } from "./line-socket.ts";
import { linkTree } from "./link-tree.ts";
import { bootstraps } from "./process.ts";
import { type Cell, type CellSpec, LineCutter, type Sandbox, type TakeOutput } from "./sandbox.ts";

const connectMs = 30_000;
const removeMostMs = 10_000;

/** What containers are made with. */
export interface DockerOptions {
  docker: Docker;
  imageOf: (runtime: Runtime) => string;
  /** Its id: what carries it as a label is this runner's. */
  runner: string;
  policy: EgressPolicy;
  engine: EngineWatch;
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
  engine,
  imageOf,
  runner,
  policy,
  log,
}: DockerOptions): Promise<Sandbox> {
  await sweep(docker, runner);
  const cells = new Set<Cell & { id: string }>();
  /** When a container could not be removed, for the engine was away: epoch seconds; null when nothing is left. */
  let leftAt: number | null = null;
  const onLeft = (error: unknown) => {
    if (isGone(error)) return;
    leftAt = Date.now() / 1000;
    engine.suspect();
  };
  const networks = new ProjectNetworks({ docker, runner, policy, log });
  const start: Sandbox["start"] = async (spec, signal) => {
    const image = imageOf(spec.runtime);
    const network = spec.egress === "open" ? await networks.of(spec.project, image) : null;
    const of = { image, runner, network, opened: policy.opened };
    const cell = await startCell(docker, spec, of, onLeft, signal);
    if (leftAt !== null) {
      const before = leftAt;
      leftAt = null;
      sweepOlder(docker, runner, before, new Set([...cells].map(({ id }) => id))).catch(onLeft);
    }
    cells.add(cell);
    void cell.exited.then(({ engineLost }) => {
      cells.delete(cell);
      if (engineLost) engine.suspect();
    });
    return cell;
  };
  return {
    kind: "docker",
    async start(spec, signal) {
      try {
        return await start(spec, signal);
      } catch (error) {
        if (isConnectionError(error)) engine.suspect();
        throw error;
      }
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

/** Removes what an engine that was away could not: this runner's containers of before a time (epoch seconds) that serve nobody. */
async function sweepOlder(
  docker: Docker,
  runner: string,
  before: number,
  kept: ReadonlySet<string>,
): Promise<void> {
  const all = await docker.listContainers({ all: true, filters: { label: [`pulse.runner=${runner}`] } });
  const left = all.filter(({ Id, Created }) => Created < before && !kept.has(Id));
  await Promise.all(
    left.map(({ Id }) => docker.getContainer(Id).remove({ force: true, v: true }).catch(ignoreGone)),
  );
}

async function startCell(
  docker: Docker,
  spec: CellSpec,
  {
    opened,
    ...of
  }: { image: string; runner: string; network: string | null; opened: readonly OpenedRange[] },
  onLeft: (error: unknown) => void,
  signal: AbortSignal,
): Promise<Cell & { id: string }> {
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
  const remove = () => container.remove({ force: true, v: true }).catch(onLeft);
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
    let isOurs = false;
    let isCut = false;
    let isOver = false;
    const isLineOpen = () => line?.stream.destroyed === false && line.stream.readable;
    const watched = {
      ...{ docker, container, attached, isLineOpen },
      isOurs: () => isOurs,
      onOver: () => {
        isOver = true;
      },
      onCut: () => {
        isCut = true;
      },
    };
    const exited = exitOf(watched).then(async (facts) => {
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
      id: container.id,
      line: frames,
      exited,
      async place(code) {
        await linkTree(code, join(folder, "code"));
        return { code: "/fn/code", deps: null };
      },
      onOutput: (next) => {
        take = next;
      },
      isCut: () => isCut,
      isOver: () => isOver,
      terminate() {
        isOurs = true;
        container.kill({ signal: "SIGTERM" }).catch(() => undefined);
      },
      async destroy() {
        // One that has let go of its line has ended already, and we are told so after it.
        isOurs ||= isLineOpen();
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

function ignoreGone(error: unknown): void {
  if (!isGone(error)) throw error;
}
