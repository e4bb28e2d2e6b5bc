import { connect, createServer, type Socket } from "node:net";

/** An address that stays while what answers behind it changes. */
export interface SteadyAddress {
  url: string;
  /** Leads to this port from now on; null: every connection is cut and none is taken. */
  leadTo(port: number | null): void;
  close(): Promise<void>;
}

/** Opens an address at a port of its own, which leads nowhere yet. */
export async function openSteadyAddress(): Promise<SteadyAddress> {
  let target: number | null = null;
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    if (target === null) {
      socket.destroy();
      return;
    }
    const onward = connect(target, "127.0.0.1");
    for (const [one, other] of [
      [socket, onward],
      [onward, socket],
    ] as const) {
      sockets.add(one);
      one.on("error", () => other.destroy());
      one.on("close", () => {
        sockets.delete(one);
        other.destroy();
      });
      one.pipe(other);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the address has no port");
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    url: `http://127.0.0.1:${address.port}`,
    leadTo(port) {
      target = port;
      if (port === null) cut();
    },
    async close() {
      cut();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
