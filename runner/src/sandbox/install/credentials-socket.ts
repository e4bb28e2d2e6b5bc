import { chmod } from "node:fs/promises";
import { createServer } from "node:net";

/** Tells one process that connects to `path` the text, and nobody afterwards: nothing of it is on disk, in an image or in an environment. */
export async function tellOnce(path: string, text: string): Promise<{ close(): void }> {
  const server = createServer((socket) => {
    server.close();
    socket.on("error", () => socket.destroy());
    socket.end(text);
  });
  server.maxConnections = 1;
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(path, () => resolve());
  });
  await chmod(path, 0o777);
  return {
    close() {
      if (server.listening) server.close();
    },
  };
}
