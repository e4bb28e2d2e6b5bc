import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";

/** Addresses beyond this machine that answer on `port`: the cloud metadata address and one that is globally routed. */
export interface Outside {
  metadata: string;
  global: string;
  port: number;
  close(): void;
}

/** Whether this process may make network namespaces. */
export function canMakeOutside(): boolean {
  try {
    execFileSync("ip", ["netns", "list"], { stdio: "ignore" });
    return process.getuid?.() === 0;
  } catch {
    return false;
  }
}

/** A network namespace behind a cable of its own that plays the world; nothing of it is left after `close`. */
export async function makeOutside(): Promise<Outside> {
  const [name, near, far] = [`pulse-${process.pid}`, `pt${process.pid}a`, `pt${process.pid}b`];
  const [metadata, global, port] = ["169.254.169.254", "203.0.114.7", 18_080];
  const ip = (...args: string[]) => execFileSync("ip", args, { stdio: "pipe" });
  const inside = (...args: string[]) => ip("-n", name, ...args);
  const close = () => {
    for (const args of [
      ["netns", "delete", name],
      ["link", "delete", near],
    ]) {
      try {
        ip(...args);
      } catch {
        // It went with the other.
      }
    }
  };
  ip("netns", "add", name);
  try {
    ip("link", "add", near, "type", "veth", "peer", "name", far, "netns", name);
    ip("address", "add", "10.213.77.1/30", "dev", near);
    ip("link", "set", near, "up");
    inside("address", "add", "10.213.77.2/30", "dev", far);
    for (const address of [metadata, global]) {
      inside("address", "add", `${address}/32`, "dev", "lo");
      ip("route", "add", `${address}/32`, "via", "10.213.77.2", "dev", near);
    }
    inside("link", "set", "lo", "up");
    inside("link", "set", far, "up");
    inside("route", "add", "default", "via", "10.213.77.1");
  } catch (error) {
    close();
    throw error;
  }
  const serve = `for (const at of [${port}, 25]) require("node:http").createServer((_, res) => res.end("outside")).listen(at, () => console.log("up"))`;
  const server = spawn("ip", ["netns", "exec", name, process.execPath, "-e", serve], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await once(server.stdout, "data");
  return {
    metadata,
    global,
    port,
    close() {
      server.kill("SIGKILL");
      close();
    },
  };
}
