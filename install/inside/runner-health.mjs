// The health check of a runner's container: ends with 0 when it is enrolled, its gateway answers, and so does the engine that it was given.
import { existsSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";

const { PULSE_STATE_DIR = ".", PULSE_GATEWAY = "", PULSE_SANDBOX, DOCKER_HOST = "" } = process.env;

if (!existsSync(join(PULSE_STATE_DIR, "identity.json"))) throw new Error("this runner is not enrolled yet");
const answer = await fetch(new URL("/livez", PULSE_GATEWAY), { signal: AbortSignal.timeout(4000) });
if (!answer.ok) throw new Error(`the gateway answered /livez with ${answer.status}`);
if (PULSE_SANDBOX !== "process" && DOCKER_HOST.startsWith("unix://")) {
  await new Promise((resolve, reject) => {
    const socketPath = DOCKER_HOST.slice("unix://".length);
    const asked = request({ socketPath, path: "/_ping", signal: AbortSignal.timeout(3000) });
    asked.on("error", reject);
    asked.on("response", ({ statusCode }) => {
      if (statusCode === 200) resolve(undefined);
      else reject(new Error(`the engine answered ${statusCode}`));
    });
    asked.end();
  });
}
process.exit(0);
