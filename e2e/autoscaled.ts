import { spawn } from "node:child_process";
import { join } from "node:path";
import { programEnv, programPath } from "./platforms/program-env.ts";

const root = new URL("..", import.meta.url).pathname;

/** The example's autoscaler over a gateway, as a process; it says what it does line by line. */
export function startAutoscaler(options: { url: string; key: string; folder: string }) {
  const child = spawn(process.execPath, [join(root, "examples/autoscaler/autoscaler.ts")], {
    cwd: options.folder,
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      ...programEnv(),
      PULSE_GATEWAY: options.url,
      PULSE_KEY: options.key,
      PULSE_POOL: "burst",
      PULSE_SLOTS: "2",
      PULSE_SANDBOX: "process",
      AUTOSCALE_MAX: "2",
      AUTOSCALE_EVERY_SECONDS: "0.5",
      AUTOSCALE_CALM_SECONDS: "2",
      AUTOSCALE_COMMAND: JSON.stringify([process.execPath, programPath("runner/src/main.ts")]),
    },
  });
  let said = "";
  const hear = (chunk: Buffer) => {
    said += chunk.toString("utf8");
  };
  child.stdout.on("data", hear);
  child.stderr.on("data", hear);
  const exited = new Promise<number | null>((resolve) => child.once("close", resolve));
  return {
    said: () => said,
    async stop() {
      child.kill("SIGTERM");
      return await exited;
    },
  };
}
