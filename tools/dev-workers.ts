import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { createClient as databaseClient } from "@libsql/client/web";
import { type Client, createClient } from "@pulse/schema/client";
import { ProblemError } from "@pulse/schema/problem";
import { makeSetUpUrl } from "@pulse/schema/wire/auth";
import { createEnrolmentToken, listRunners } from "@pulse/schema/wire/runners";
import { awaitRunner, deploySamples } from "../gateway/src/platform/node/samples.ts";
import { migrateRemote } from "../gateway/src/platform/workers/migrate.ts";
import { serveHrana } from "./hrana/server.ts";

/** `pnpm dev:workers`: the Worker under `wrangler dev`, offline, over a libSQL file, with one runner and two samples. Ctrl-C ends everything. */
const root = new URL("..", import.meta.url).pathname;
const dataDir = resolve(process.env.PULSE_DATA_DIR ?? "./pulse-data", "workers");
const port = process.env.PULSE_PORT ?? "8787";
const url = `http://localhost:${port}`;
const keyFile = join(dataDir, "admin-key");
const stopping = new AbortController();
const say = (line: string) => void process.stdout.write(`${line}\n`);

function keptKey(path = keyFile, make = () => `pk_${randomBytes(24).toString("base64url")}`): string {
  if (!existsSync(path)) writeFileSync(path, `${make()}\n`, { mode: 0o600 });
  return readFileSync(path, "utf8").trim();
}

/** Starts one of the programs in a group of its own: Ctrl-C reaches us, and we end them in order. */
function start(entry: string, args: string[], env: NodeJS.ProcessEnv): ChildProcess {
  return spawn(process.execPath, [join(root, entry), ...args], {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: ["ignore", "inherit", "inherit"],
    detached: true,
  });
}

async function end(child: ChildProcess | null): Promise<void> {
  if (child === null || child.exitCode !== null || child.pid === undefined) return;
  const gone = new Promise((resolve) => child.once("exit", resolve));
  process.kill(-child.pid, "SIGTERM");
  await gone;
}

function kill(child: ChildProcess | null): void {
  if (child?.pid !== undefined && child.exitCode === null) process.kill(-child.pid, "SIGKILL");
}

async function answers(): Promise<void> {
  for (let tries = 0; tries < 900; tries++) {
    const ready = await fetch(`${url}/readyz`).catch(() => null);
    if (ready?.ok) return;
    stopping.signal.throwIfAborted();
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`nothing answers at ${url}`);
}

function startWrangler(databaseUrl: string, adminKey: string): ChildProcess {
  const secrets = join(dataDir, "secrets.env");
  const masterKey = keptKey(join(dataDir, "master-key"), () => randomBytes(32).toString("base64"));
  writeFileSync(
    secrets,
    `PULSE_DATABASE_URL=${databaseUrl}\nPULSE_ADMIN_KEY=${adminKey}\nPULSE_MASTER_KEY=${masterKey}\n`,
    { mode: 0o600 },
  );
  const args = ["dev", "--port", port, "--env-file", secrets, "--persist-to", join(dataDir, "state")];
  return start(
    "node_modules/wrangler/bin/wrangler.js",
    [...args, "--show-interactive-dev-session=false", "--log-level=warn"],
    { WRANGLER_SEND_METRICS: "false", CLOUDFLARE_CF_FETCH_ENABLED: "false" },
  );
}

async function startRunner(client: Client): Promise<ChildProcess> {
  const stateDir = join(dataDir, "runner");
  const isEnrolled = existsSync(join(stateDir, "identity.json"));
  const { signal } = stopping;
  const token = isEnrolled ? null : (await client.call(createEnrolmentToken, { body: {}, signal })).token;
  return start("runner/src/main.ts", [], {
    PULSE_GATEWAY: url,
    PULSE_RUNNER_NAME: "local",
    PULSE_STATE_DIR: stateDir,
    ...(token === null ? {} : { PULSE_ENROLMENT_TOKEN: token }),
  });
}

/** The set-up URL, also kept in a file for its owner alone; null: there are people already. */
async function writeSetUpUrl(client: Client): Promise<string | null> {
  const path = join(dataDir, "setup-url");
  rmSync(path, { force: true });
  try {
    const made = await client.call(makeSetUpUrl, { signal: stopping.signal });
    writeFileSync(path, `${made.url}\n`, { mode: 0o600 });
    return made.url;
  } catch (error) {
    if (error instanceof ProblemError && error.code === "conflict") return null;
    throw error;
  }
}

async function main(): Promise<void> {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const adminKey = keptKey();
  const hrana = await serveHrana({ file: join(dataDir, "pulse.db") });
  const applied = await migrateRemote(databaseClient({ url: hrana.url }));
  say(`Pulse on workerd ${url}   data ${relative(process.cwd(), dataDir)}`);
  say(`  ✓ libSQL over ${hrana.url}, ${applied} migrations applied`);

  const wrangler = startWrangler(hrana.url, adminKey);
  let runner: ChildProcess | null = null;
  const stop = async (code: number) => {
    if (stopping.signal.aborted) return;
    stopping.abort();
    // The runner first, while there still is a gateway to take its outcomes.
    await end(runner);
    await end(wrangler);
    await hrana.close();
    process.exit(code);
  };
  const asked = () => {
    if (stopping.signal.aborted) {
      kill(runner);
      kill(wrangler);
      process.exit(130);
    }
    say("\nStopping: running work may finish; once more Ctrl-C stops at once.");
    void stop(0);
  };
  process.on("SIGINT", asked);
  process.on("SIGTERM", asked);
  wrangler.once("exit", () => void stop(1));

  const { signal } = stopping;
  const client = createClient({ baseUrl: url, headers: () => ({ authorization: `Bearer ${adminKey}` }) });
  let setUpUrl: string | null = null;
  try {
    await answers();
    runner = await startRunner(client);
    const online = await awaitRunner(client, ({ preparing }) => preparing === null, say, signal);
    await deploySamples(client, { runner: online, say, marker: join(dataDir, "samples-deployed") }, signal);
    const { items } = await client.call(listRunners, { query: {}, signal });
    const isIsolated = items.some((one) => one.status === "online" && one.capabilities.includes("docker"));
    if (isIsolated) say("  ✓ runner ready: functions run in containers");
    else say("  ! NO DOCKER ENGINE: functions run as plain processes of this user. Code is NOT ISOLATED.");
    setUpUrl = await writeSetUpUrl(client);
  } catch (error) {
    if (signal.aborted) return;
    process.stderr.write(`✗ ${error instanceof Error ? error.message : String(error)}\n`);
    await stop(1);
  }
  const key = relative(process.cwd(), keyFile);
  if (setUpUrl === null) say(`\nOpen ${url} and sign in, or try:`);
  else say(`\nOpen ${setUpUrl} to sign in (once, within a day), or try:`);
  say(`  curl -H "Authorization: Bearer $(cat ${key})" ${url}/f/hello -d '{"name":"Ada"}'`);
  say("Ctrl-C stops.");
}

await main();
