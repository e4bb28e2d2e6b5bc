import { setTimeout as sleep } from "node:timers/promises";
import { WebSocket } from "undici";
import { memoryOf } from "./memory.ts";

const attempts = 50;
const betweenMs = 100;

/**
 * What a Node process has resident once everything that nobody holds is collected, bytes: without this a heap grows with the work until V8
 * finds a collection due, and a leak and rubbish look alike. The process must have been started with `--inspect-port=<port>`; its inspector
 * opens with the first call.
 */
export async function collectedMemoryOf(pid: number, port: number): Promise<number> {
  process.kill(pid, "SIGUSR1");
  const socket = new WebSocket(await inspectorOf(port));
  try {
    await new Promise<void>((resolve, reject) => {
      socket.onopen = () => socket.send(JSON.stringify({ id: 1, method: "HeapProfiler.collectGarbage" }));
      socket.onmessage = ({ data }) => {
        const { id, error } = JSON.parse(String(data)) as { id?: number; error?: { message: string } };
        if (error) reject(new Error(`the inspector did not collect: ${error.message}`));
        else if (id === 1) resolve();
      };
      socket.onerror = () => reject(new Error(`the inspector at port ${port} hung up`));
    });
  } finally {
    socket.close();
  }
  return memoryOf(pid).now;
}

async function inspectorOf(port: number): Promise<string> {
  let why: unknown;
  for (let attempt = 0; attempt < attempts; attempt++) {
    try {
      const targets = (await (await fetch(`http://127.0.0.1:${port}/json/list`)).json()) as {
        webSocketDebuggerUrl: string;
      }[];
      if (targets[0]) return targets[0].webSocketDebuggerUrl;
    } catch (error) {
      why = error;
    }
    await sleep(betweenMs);
  }
  throw new Error(`no inspector answers at port ${port}`, { cause: why });
}
