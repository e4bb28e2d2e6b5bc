import { once } from "node:events";
import { chmod, cp, rm } from "node:fs/promises";
import { createServer, type Socket } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type Docker from "dockerode";
import { makeCellFolder } from "../cell-folder.ts";
import type { Confinement } from "../confinement.ts";
import type { OpenedRange } from "../egress/address-rules.ts";
import { listenForEgress } from "../egress/proxy.ts";
import type { CellSpec } from "../sandbox.ts";
import { companionOptions } from "./custom-options.ts";

/** Where programs with protocol `http` listen: `$PORT`. */
export const programPort = 8080;

const program = fileURLToPath(new URL("./inside/companion.py", import.meta.url));
const answerMostMs = 30_000;
const markMostMs = 500;
/** Connections that wait to be used, and those in use; whoever is in the container could open more. */
const connectionsMost = 2048;

/** A container of ours that owns the network of a custom image's container, which has loopback alone or that of its project, and reaches the program from inside. */
export interface Companion {
  readonly id: string;
  /** A connection to the program's port. Throws when nothing listens there. */
  connect(): Promise<Socket>;
  /** Writes the mark of a call behind everything that the program has written; gives up soon. Never rejects. */
  mark(nonce: string): Promise<void>;
  /** Removes it. Never rejects. */
  remove(): Promise<void>;
}

/** The program does not listen on its port. */
export class NobodyListens extends Error {}

/** What a companion is made with. */
export interface CompanionOptions extends Confinement {
  docker: Docker;
  /** An image with Python. */
  image: string;
  runner: string;
  network: string | null;
  opened: readonly OpenedRange[];
  /** What the list of allowed hosts kept back. */
  onRefused(line: string): void;
  onLeft(error: unknown): void;
}

/** Starts a companion. Throws when it cannot be started or does not answer. */
export async function startCompanion(
  spec: CellSpec,
  { docker, opened, onRefused, onLeft, ...of }: CompanionOptions,
  signal: AbortSignal,
): Promise<Companion> {
  const folder = await makeCellFolder();
  await chmod(folder, 0o755);
  await cp(program, join(folder, "companion.py"));
  const spares: Socket[] = [];
  const open = new Set<Socket>();
  let wake: (() => void) | null = null;
  const server = createServer((socket) => {
    socket.on("error", () => undefined);
    socket.once("close", () => open.delete(socket));
    open.add(socket);
    spares.push(socket);
    wake?.();
  });
  server.maxConnections = connectionsMost;
  server.listen(join(folder, "s"));
  await once(server, "listening");
  await chmod(join(folder, "s"), 0o777);
  const { egress } = spec;
  const proxy = Array.isArray(egress)
    ? await listenForEgress(join(folder, "e"), { allowed: egress, opened, onRefused })
    : null;
  if (proxy !== null) await chmod(join(folder, "e"), 0o777);
  const clean = async () => {
    server.close();
    proxy?.close();
    for (const socket of open) socket.destroy();
    await rm(folder, { recursive: true, force: true }).catch(() => undefined);
  };
  const spare = async (limit: AbortSignal): Promise<Socket> => {
    for (;;) {
      const socket = spares.shift();
      if (socket !== undefined && !socket.destroyed) return socket;
      if (socket !== undefined) continue;
      limit.throwIfAborted();
      const came = Promise.withResolvers<void>();
      const before = wake;
      wake = () => {
        before?.();
        came.resolve();
      };
      limit.addEventListener("abort", () => came.resolve(), { once: true });
      await came.promise;
    }
  };
  /** Gives an order on a connection that waits; resolves to the connection when it was obeyed, null when not. */
  const order = async (line: string, mostMs: number): Promise<Socket | null> => {
    const limit = AbortSignal.timeout(mostMs);
    const socket = await spare(limit);
    socket.write(`${line}\n`);
    const first = await firstByte(socket, limit);
    if (first === "+") return socket;
    socket.destroy();
    return null;
  };
  const container = await docker
    .createContainer(companionOptions(spec, { ...of, folder }, programPort))
    .catch(async (error: unknown) => {
      await clean();
      throw error;
    });
  const remove = async () => {
    await container.remove({ force: true, v: true }).catch(onLeft);
    await clean();
  };
  try {
    await container.start();
    const first = await spare(AbortSignal.any([signal, AbortSignal.timeout(answerMostMs)]));
    spares.unshift(first);
  } catch (error) {
    await remove();
    throw error;
  }
  return {
    id: container.id,
    remove,
    async connect() {
      const socket = await order("c", answerMostMs);
      if (socket === null) throw new NobodyListens("nothing listens on $PORT");
      return socket;
    },
    async mark(nonce) {
      const socket = await order(`p ${nonce}`, markMostMs).catch(() => null);
      socket?.destroy();
    },
  };
}

/** The first byte of what comes; what follows it stays to be read. Empty when the connection ends before. */
function firstByte(socket: Socket, limit: AbortSignal): Promise<string> {
  return new Promise((resolve) => {
    const finish = (text: string) => {
      socket.off("readable", look);
      socket.off("close", end);
      limit.removeEventListener("abort", end);
      resolve(text);
    };
    const end = () => finish("");
    const look = () => {
      const byte: Buffer | null = socket.read(1);
      if (byte !== null) finish(byte.toString("latin1"));
    };
    socket.on("readable", look);
    socket.on("close", end);
    limit.addEventListener("abort", end, { once: true });
    look();
  });
}
