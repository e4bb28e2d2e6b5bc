import { createServer, request } from "node:http";
import Docker from "dockerode";

const noRoom =
  "could not find an available, non-overlapping IPv4 address pool among the defaults to assign to the network";

/** An engine that has no room for another network while `isFull` says so; everything else is the real one's. */
export async function crowdedEngine(
  real: Docker,
  path: string,
  isFull: () => Promise<boolean>,
): Promise<{ docker: Docker; close(): void }> {
  const { socketPath } = real.modem as unknown as { socketPath: string }; // The client was made for a local engine.
  const server = createServer(async (incoming, response) => {
    const { method, url, headers } = incoming;
    if (method === "POST" && url?.includes("/networks/create") && (await isFull())) {
      incoming.resume();
      response
        .writeHead(403, { "content-type": "application/json" })
        .end(JSON.stringify({ message: noRoom }));
      return;
    }
    const outgoing = request({ socketPath, method, path: url, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
      answer.pipe(response);
    });
    outgoing.on("error", () => response.destroy());
    incoming.pipe(outgoing);
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  return { docker: new Docker({ socketPath: path }), close: () => server.close() };
}
