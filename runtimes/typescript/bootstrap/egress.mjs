// Lets programs in here find the runner's proxy (PROTOCOL.md, Egress), in a thread of its own: code that blocks the main one still has a network.
import { once } from "node:events";
import { connect, createServer } from "node:net";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";

const port = 61_080;

/** Passes connections to the port on to a unix socket; resolves when it listens. */
export async function startEgress(path) {
  const worker = new Worker(new URL(import.meta.url), { workerData: path, env: {} });
  await once(worker, "message");
  worker.unref();
}

if (!isMainThread) {
  const server = createServer({ allowHalfOpen: true }, (client) => {
    const proxy = connect({ path: workerData, allowHalfOpen: true });
    for (const [one, other] of [
      [client, proxy],
      [proxy, client],
    ]) {
      one.pipe(other);
      one.on("error", () => other.destroy());
      one.on("close", () => other.destroy());
    }
  });
  server.listen(port, "127.0.0.1", () => parentPort.postMessage("listens"));
}
