import { once } from "node:events";
import { createServer, type Socket } from "node:net";

/** A unix socket on which one process connects, once; whoever asks later is refused. */
export interface LineSocket {
  /** Rejects with the signal's reason, or when nobody came in time. */
  connected: Promise<Socket>;
  close(): void;
}

/** Listens at `path` for the process that is about to be started. */
export async function listenForLine(path: string, mostMs: number, signal: AbortSignal): Promise<LineSocket> {
  const server = createServer();
  server.listen(path);
  await once(server, "listening");
  const limited = AbortSignal.any([signal, AbortSignal.timeout(mostMs)]);
  const connected = once(server, "connection", { signal: limited }).then(([socket]) => {
    // User code can see the socket; what connects from now on would only hold descriptors of the runner.
    server.close();
    return socket as Socket; // Node's "connection" event carries the socket.
  });
  connected.catch(() => undefined);
  return { connected, close: () => server.close() };
}
