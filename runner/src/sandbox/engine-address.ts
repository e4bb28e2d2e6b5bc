import { request } from "node:http";
import type Docker from "dockerode";

/** Where an engine listens, as its client was told. */
export function engineAddress(docker: Docker): { socketPath: string } | { host: string; port: number } {
  // The client keeps what it was made with, though its types do not say so.
  const { socketPath, host, port } = docker.modem as {
    socketPath?: string;
    host?: string;
    port?: number | string;
  };
  return socketPath === undefined
    ? { host: host ?? "localhost", port: Number(port ?? 2375) }
    : { socketPath };
}

/**
 * Whether an engine takes a new connection and answers on it in time. One that is being stopped closes its door first, and goes on to answer on
 * connections that are open.
 */
export function opensItsDoor(docker: Docker, mostMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const asked = request({
      ...engineAddress(docker),
      path: "/_ping",
      agent: false,
      signal: AbortSignal.timeout(mostMs),
    });
    asked.on("response", (answer) => {
      answer.resume();
      resolve(answer.statusCode === 200);
    });
    asked.on("error", () => resolve(false));
    asked.end();
  });
}
