import { chmod, cp, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type Docker from "dockerode";
import { FrameLine } from "../frames.ts";
import { attachTo, createPartReader, stdioLine } from "./attach.ts";
import { makeCellFolder } from "./cell-folder.ts";
import { type Confinement, noSockets } from "./confinement.ts";
import { exitOf } from "./container-exit.ts";
import { containerOptions, type Placement } from "./docker-spec.ts";
import { drained } from "./drained.ts";
import type { OpenedRange } from "./egress/address-rules.ts";
import { listenForEgress } from "./egress/proxy.ts";
import { containerFreezer } from "./freezer.ts";
import { listenForLine } from "./line-socket.ts";
import { linkTree } from "./link-tree.ts";
import { MemoryWitness } from "./memory-witness.ts";
import { bootstraps } from "./process.ts";
import { type Cell, type CellSpec, LineCutter, type TakeOutput } from "./sandbox.ts";

const connectMs = 30_000;
const removeMostMs = 10_000;

/** What one container is made with. */
export interface CellOptions extends Confinement, Pick<Placement, "image" | "runner" | "network"> {
  docker: Docker;
  opened: readonly OpenedRange[];
  /** It could not be removed. */
  onLeft(error: unknown): void;
  /** The engine has started it. */
  onStarted(): void;
}

/** A container with a runtime in it and a line of frames to it: over a unix socket in its own folder where the kernel is shared, else over its standard input and output. Throws when it does not start. */
export async function startCell(
  spec: CellSpec,
  { docker, opened, onLeft, onStarted, ...of }: CellOptions,
  signal: AbortSignal,
): Promise<Cell & { id: string }> {
  const { egress } = spec;
  if (Array.isArray(egress) && !of.reachesSockets) throw new Error(noSockets(of.runtime, "an egress list"));
  const folder = await makeCellFolder();
  await chmod(folder, 0o755);
  await cp(dirname(bootstraps[spec.runtime]), folder, { recursive: true });
  const socket = of.transport === "socket" ? await listenForLine(join(folder, "s"), connectMs, signal) : null;
  if (socket !== null) await chmod(join(folder, "s"), 0o777);
  let say: (line: string) => void = () => undefined;
  const proxy = Array.isArray(egress)
    ? await listenForEgress(join(folder, "e"), { allowed: egress, opened, onRefused: (line) => say(line) })
    : null;
  if (proxy !== null) await chmod(join(folder, "e"), 0o777);
  const clean = async () => {
    socket?.close();
    proxy?.close();
    await rm(folder, { recursive: true, force: true }).catch(() => undefined);
  };
  const container = await docker
    .createContainer(containerOptions(spec, { ...of, folder }))
    .catch(async (error: unknown) => {
      await clean();
      throw error;
    });
  let removing: Promise<boolean> | null = null;
  const remove = () => {
    removing ??= container.remove({ force: true, v: true }).then(
      () => true,
      (error: unknown) => {
        removing = null;
        onLeft(error);
        return false;
      },
    );
    return removing;
  };
  const freezer = containerFreezer(container);
  const witness = new MemoryWitness(docker, container.id);
  try {
    // Attached before it starts, so that no line is missed; the wait is set up before too, so that no exit is.
    const attached = await attachTo(docker, container.id, { stdin: socket === null });
    const stdio = socket === null ? stdioLine(attached) : null;
    let take: TakeOutput = () => undefined;
    say = (line) => take("stderr", line);
    const cutterOf = (stream: "stdout" | "stderr") => new LineCutter((text) => take(stream, text));
    const cutters = { stdout: cutterOf("stdout"), stderr: cutterOf("stderr") };
    const read = createPartReader((stream, part) => {
      if (stdio !== null && stream === "stdout") stdio.add(part);
      else cutters[stream].add(part);
    });
    attached.on("data", read);
    attached.on("error", () => undefined);
    for (const event of ["end", "close"]) attached.once(event, () => stdio?.end());
    let line: FrameLine | null = null;
    let isOurs = false;
    let isCut = false;
    const cut = Promise.withResolvers<void>();
    let isOver = false;
    const isLineOpen = () => line?.stream.destroyed === false && line.stream.readable;
    const watched = {
      ...{ docker, container, attached, witness, isLineOpen },
      hasOwnLine: socket !== null,
      isOurs: () => isOurs,
      removal: () => removing,
      onOver: () => {
        isOver = true;
      },
      onCut: () => {
        isCut = true;
        cut.resolve();
      },
    };
    const exited = exitOf(watched).then(async (facts) => {
      await drained([attached, ...(line === null ? [] : [line.stream])]);
      for (const cutter of Object.values(cutters)) cutter.end();
      attached.destroy();
      await remove();
      await clean();
      return facts;
    });
    await container.start();
    witness.begin();
    onStarted();
    const first = await Promise.race([stdio?.stream ?? socket?.connected ?? null, exited.then(() => null)]);
    if (first === null) throw new Error("the container ended before its runtime connected");
    const frames = new FrameLine(first);
    line = frames;
    // The first that is known of an end, while its cgroup is still there.
    for (const event of ["end", "close"]) frames.stream.once(event, () => witness.look());
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
        // Standard output carries the frames: no line of output will come there.
        if (stdio !== null) cutters.stdout.end();
      },
      isCut: () => isCut,
      onCut: (callback) => void cut.promise.then(callback),
      isOver: () => isOver,
      freeze: freezer.freeze,
      thaw: freezer.thaw,
      terminate() {
        isOurs = true;
        container.kill({ signal: "SIGTERM" }).catch(() => undefined);
      },
      async destroy() {
        // One that has let go of its line has ended already, and we are told so after it.
        isOurs ||= isLineOpen();
        frames.close();
        // With the first version of cgroups, what is frozen cannot be killed.
        await freezer.thaw().catch(() => undefined);
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
