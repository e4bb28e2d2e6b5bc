import { chmodSync, rmSync } from "node:fs";
import { request } from "node:http";
import { parseArgs } from "node:util";
import * as z from "zod";
import { ownImage } from "../sandbox/images/runtime-images.ts";
import { createEngineProxy } from "./engine-proxy.ts";

const say = (line: string) => void process.stderr.write(`engine proxy: ${line}\n`);
const folder = z.string().regex(/^(\/[^/]+)+$/, "must be absolute, without a / at its end");

const shape = z.object({
  PULSE_ENGINE_SOCKET: folder.default("/var/run/docker.sock"),
  PULSE_ENGINE_PROXY: folder.default("/run/pulse-engine/docker.sock"),
  PULSE_ENGINE_FOLDERS: z
    .string()
    .default("/var/lib/pulse-runner")
    .transform((text) => text.split(",").map((one) => one.trim()))
    .pipe(z.array(folder).min(1)),
  PULSE_CONTAINER_RUNTIME: z.string().optional(),
  PULSE_IMAGE_TYPESCRIPT: z.string().default(ownImage("typescript")),
  PULSE_IMAGE_PYTHON: z.string().default(ownImage("python")),
});

/** The settings of the engine proxy. Throws with every bad one. */
export function readEngineProxyConfig(env: Readonly<Record<string, string | undefined>>) {
  const given = Object.fromEntries(
    Object.keys(shape.shape).flatMap((name) => (env[name] ? [[name, env[name]]] : [])),
  );
  const found = shape.safeParse(given);
  if (found.success) return found.data;
  throw new Error(found.error.issues.map((one) => `${String(one.path[0])}: ${one.message}`).join("; "));
}

/** The engine proxy as a process; with `--healthy` only asks whether the one that runs answers. */
function main(): void {
  const config = readEngineProxyConfig(process.env);
  const { values } = parseArgs({ options: { healthy: { type: "boolean" } } });
  if (values.healthy === true) {
    const asked = request({ socketPath: config.PULSE_ENGINE_PROXY, path: "/_ping", timeout: 3000 });
    asked.on("timeout", () => asked.destroy(new Error("no answer within 3 s")));
    asked.on("error", (error) => {
      say(error.message);
      process.exit(1);
    });
    asked.on("response", ({ statusCode }) => process.exit(statusCode === 200 ? 0 : 1));
    asked.end();
    return;
  }
  const server = createEngineProxy({
    engine: config.PULSE_ENGINE_SOCKET,
    folders: config.PULSE_ENGINE_FOLDERS,
    hostImages: [config.PULSE_IMAGE_TYPESCRIPT, config.PULSE_IMAGE_PYTHON],
    runtime: config.PULSE_CONTAINER_RUNTIME ?? null,
    say,
  });
  // What a proxy that was killed left.
  rmSync(config.PULSE_ENGINE_PROXY, { force: true });
  server.listen(config.PULSE_ENGINE_PROXY, () => {
    chmodSync(config.PULSE_ENGINE_PROXY, 0o660);
    say(`listens on ${config.PULSE_ENGINE_PROXY} for ${config.PULSE_ENGINE_SOCKET}`);
  });
  const end = () => {
    server.close();
    server.closeAllConnections();
    process.exit(0);
  };
  process.on("SIGTERM", end);
  process.on("SIGINT", end);
}

if (import.meta.main) main();
