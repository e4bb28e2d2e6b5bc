import { createServer, request } from "node:http";

/** What a proxy adds to each request for whoever sits before it: `remote-user` and so on. Null: nobody has signed in there. */
export type Identity = Readonly<Record<string, string>> | null;

/** A reverse proxy as one that knows its people stands before a gateway. */
export interface IdentityProxy {
  url: string;
  setIdentity(identity: Identity): void;
  stop(): Promise<void>;
}

/** Starts a proxy at this port of 127.0.0.1 that passes everything on, streams included, to the gateway that `gatewayUrl` tells when a request comes. */
export async function startIdentityProxy(port: number, gatewayUrl: () => string): Promise<IdentityProxy> {
  let identity: Identity = null;
  const server = createServer((incoming, outgoing) => {
    const { hostname, port } = new URL(gatewayUrl());
    // What the browser says of its person itself is never passed on.
    const { "remote-user": _, "remote-groups": __, "pulse-proxy-secret": ___, ...said } = incoming.headers;
    const onward = request(
      {
        hostname,
        port,
        path: incoming.url,
        method: incoming.method,
        headers: { ...said, ...identity },
        localAddress: "127.0.0.1",
        agent: false,
      },
      (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        // At once: a stream of changes says nothing for a while.
        outgoing.flushHeaders();
        answer.pipe(outgoing);
        answer.on("error", () => outgoing.destroy());
      },
    );
    onward.on("error", () => outgoing.destroy());
    outgoing.on("close", () => onward.destroy());
    incoming.pipe(onward);
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
  return {
    url: `http://localhost:${port}`,
    setIdentity(next) {
      identity = next;
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
