import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { createClient as databaseClient } from "@libsql/client/web";
import { createClient } from "@pulse/schema/client";
import { createEnrolmentToken } from "@pulse/schema/wire/runners";
import { migrateRemote } from "../gateway/src/platform/workers/migrate.ts";
import { serveHrana } from "./hrana/server.ts";

/** `pnpm dev:workers`: the Worker under `wrangler dev`, offline, over a libSQL file, with one runner. Ctrl-C ends all three. */
const root = new URL("..", import.meta.url).pathname;
const dataDir = resolve(process.env.PULSE_DATA_DIR ?? "./pulse-data", "workers");
const port = process.env.PULSE_PORT ?? "8787";
const url = `http://localhost:${port}`;

function keptKey(): string {
  const path = join(dataDir, "admin-key");
  if (!existsSync(path))
    writeFileSync(path, `pk_${randomBytes(24).toString("base64url")}\n`, { mode: 0o600 });
  return readFileSync(path, "utf8").trim();
}

function start(entry: string, args: string[], env: Record<string, string>): ChildProcess {
  return spawn(process.execPath, [join(root, entry), ...args], {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: ["ignore", "inherit", "inherit"],
    // A group of its own: Ctrl-C reaches us, and we end it in order.
    detached: true,
  });
}

async function answers(): Promise<void> {
  for (let tries = 0; tries < 600; tries++) {
    const ready = await fetch(`${url}/readyz`).catch(() => null);
    if (ready?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`nothing answers at ${url}`);
}

async function end(child: ChildProcess | null): Promise<void> {
  if (child === null || child.exitCode !== null || child.pid === undefined) return;
  const gone = new Promise((resolve) => child.once("exit", resolve));
  process.kill(-child.pid, "SIGTERM");
  await gone;
}

mkdirSync(dataDir, { recursive: true, mode: 0o700 });
const adminKey = keptKey();
const hrana = await serveHrana({ file: join(dataDir, "pulse.db") });
const applied = await migrateRemote(databaseClient({ url: hrana.url }));
process.stdout.write(`libSQL over ${hrana.url}, ${applied} migrations applied\n`);

const secrets = join(dataDir, "secrets.env");
writeFileSync(secrets, `PULSE_DATABASE_URL=${hrana.url}\nPULSE_ADMIN_KEY=${adminKey}\n`, { mode: 0o600 });
const offline = { WRANGLER_SEND_METRICS: "false", CLOUDFLARE_CF_FETCH_ENABLED: "false" };
const dev = ["dev", "--port", port, "--env-file", secrets, "--persist-to", join(dataDir, "state")];
const wrangler = start(
  "node_modules/wrangler/bin/wrangler.js",
  [...dev, "--show-interactive-dev-session=false"],
  offline,
);
let runner: ChildProcess | null = null;
let ending = false;
const stop = async (code: number) => {
  if (ending) return;
  ending = true;
  await end(runner);
  await end(wrangler);
  await hrana.close();
  process.exit(code);
};
process.on("SIGINT", () => void stop(0));
process.on("SIGTERM", () => void stop(0));
wrangler.once("exit", () => void stop(1));

await answers();
const stateDir = join(dataDir, "runner");
const client = createClient({ baseUrl: url, headers: () => ({ authorization: `Bearer ${adminKey}` }) });
const enrolled = existsSync(join(stateDir, "identity.json"));
const signal = AbortSignal.timeout(30_000);
const token = enrolled ? null : (await client.call(createEnrolmentToken, { body: {}, signal })).token;
runner = start("runner/src/main.ts", [], {
  PULSE_GATEWAY: url,
  PULSE_RUNNER_NAME: "local",
  PULSE_STATE_DIR: stateDir,
  ...(token === null ? {} : { PULSE_ENROLMENT_TOKEN: token }),
});
process.stdout.write(`Pulse on workerd at ${url}; the admin key is in ${join(dataDir, "admin-key")}\n`);
