import { once } from "node:events";
import { createServer, type IncomingMessage, request } from "node:http";
import { join } from "node:path";
import type { Duplex } from "node:stream";
import { buffer } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import type Docker from "dockerode";
import { engineAddress } from "./engine-address.ts";

/** The engine of the tests as a runner sees it that does not share its process table: one in a virtual machine, or behind a socket that is all a container was given. */
export interface FarEngine {
  /** For `DOCKER_HOST`. */
  host: string;
  stop(): void;
}

/** Passes everything on to an engine, but says of no container which process of the machine it is, and of an end `lateMs` after it knows. */
export async function startFarEngine(docker: Docker, folder: string, lateMs = 0): Promise<FarEngine> {
  const asks = ({ method, url, headers }: IncomingMessage) =>
    request({ ...engineAddress(docker), ...{ method, path: url, headers }, agent: false });
  const open = new Set<Duplex>();
  const server = createServer((asked, answer) => {
    const passed = asks(asked);
    passed.on("error", () => answer.destroy());
    answer.on("close", () => passed.destroy());
    passed.on("response", async (found) => {
      const { statusCode = 502, headers } = found;
      if (lateMs > 0 && /\/wait\?/.test(asked.url ?? "")) {
        answer.writeHead(statusCode, headers).flushHeaders();
        const end = await buffer(found).catch(() => null);
        if (end === null) return void answer.destroy();
        await sleep(lateMs);
        return void answer.end(end);
      }
      if (!/\/containers\/[^/]+\/json$/.test(asked.url ?? "") || statusCode !== 200) {
        answer.writeHead(statusCode, headers);
        answer.flushHeaders();
        return void found.pipe(answer);
      }
      // As the engine's API has it.
      const seen = JSON.parse((await buffer(found)).toString()) as { State: { Pid: number } };
      answer.writeHead(statusCode, { "content-type": "application/json" });
      answer.end(JSON.stringify({ ...seen, State: { ...seen.State, Pid: 0 } }));
    });
    asked.pipe(passed);
  });
  server.on("upgrade", (asked: IncomingMessage, near: Duplex, head: Buffer) => {
    const passed = asks(asked);
    passed.on("error", () => near.destroy());
    passed.on("upgrade", (answer, far, rest) => {
      const lines = [`HTTP/1.1 101 ${answer.statusMessage}`];
      for (let at = 0; at < answer.rawHeaders.length; at += 2)
        lines.push(`${answer.rawHeaders[at]}: ${answer.rawHeaders[at + 1]}`);
      near.write(`${lines.join("\r\n")}\r\n\r\n`);
      near.write(rest);
      far.write(head);
      for (const [from, to] of [
        [near, far],
        [far, near],
      ] as const) {
        open.add(from);
        from.pipe(to);
        from.on("error", () => to.destroy());
        from.on("close", () => {
          open.delete(from);
          to.destroy();
        });
      }
    });
    passed.end();
  });
  const path = join(folder, "far.sock");
  server.listen(path);
  await once(server, "listening");
  return {
    host: `unix://${path}`,
    stop() {
      for (const stream of open) stream.destroy();
      server.closeAllConnections();
      server.close();
    },
  };
}
