// Keeps as many ephemeral runners of one pool as /metrics/scaling asks for. Needs Node 24 or newer and nothing else.
import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const env = (name: string, fallback?: string): string => {
  const value = process.env[name] ?? fallback;
  if (value === undefined) throw new Error(`${name} is not set`);
  return value;
};
const number = (name: string, fallback: number): number => {
  const value = Number(env(name, String(fallback)));
  if (!Number.isFinite(value) || value < 0) throw new Error(`${name} must be a number of 0 or more`);
  return value;
};

const gateway = env("PULSE_GATEWAY", "http://localhost:8787");
/** A key with the scope `admin`: it makes enrolment tokens. */
const key = process.env.PULSE_KEY ?? readFileSync(env("PULSE_KEY_FILE"), "utf8").trim();
/** What reads /metrics/scaling; a key of the gateway's admin does too. */
const metricsToken = process.env.PULSE_METRICS_TOKEN ?? key;
const project = env("PULSE_PROJECT", "default");
const pool = env("PULSE_POOL", "default");
const slots = number("PULSE_SLOTS", 4);
const least = number("AUTOSCALE_MIN", 0);
const most = number("AUTOSCALE_MAX", 5);
const everyMs = number("AUTOSCALE_EVERY_SECONDS", 5) * 1000;
/** Fewer runners are wanted for so long before one is let go. */
const calmMs = number("AUTOSCALE_CALM_SECONDS", 60) * 1000;
/** The program that is one runner, and its arguments. */
const command = JSON.parse(env("AUTOSCALE_COMMAND", '["pulse-runner"]')) as string[];

interface Runner {
  name: string;
  process: ChildProcess;
  leaving: boolean;
}
const runners = new Set<Runner>();
let wantedFewerSince: number | null = null;
let startAgainAt = 0;
let failures = 0;
let stopping = false;

const say = (text: string) => void process.stdout.write(`autoscaler: ${text}\n`);

async function ask<T>(path: string, token: string, body?: object): Promise<T> {
  const response = await fetch(gateway + path, {
    ...(body === undefined ? {} : { method: "POST", body: JSON.stringify(body) }),
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    signal: AbortSignal.timeout(10_000),
  });
  if (!response.ok) throw new Error(`${path} answered ${response.status}: ${await response.text()}`);
  return (await response.json()) as T;
}

/** Starts one runner with a token that is good for it alone. The gateway forgets the runner when it leaves. */
async function add(): Promise<void> {
  const grant = { pool, ephemeral: true, uses: 1, expiresIn: "10m" };
  const { token } = await ask<{ token: string }>("/v1/enrolment-tokens", key, grant);
  const name = `auto-${randomBytes(4).toString("hex")}`;
  const folder = mkdtempSync(join(tmpdir(), "pulse-autoscaled-"));
  const { PULSE_KEY, PULSE_KEY_FILE, PULSE_METRICS_TOKEN, ...own } = process.env;
  const [program = "", ...args] = command;
  const child = spawn(program, args, {
    env: {
      ...own,
      PULSE_GATEWAY: gateway,
      PULSE_ENROLMENT_TOKEN: token,
      PULSE_RUNNER_NAME: name,
      PULSE_SLOTS: String(slots),
      PULSE_STATE_DIR: folder,
    },
    stdio: ["ignore", "ignore", "inherit"],
  });
  const runner = { name, process: child, leaving: false };
  runners.add(runner);
  const gone = (why: string) => {
    if (!runners.delete(runner)) return;
    rmSync(folder, { recursive: true, force: true });
    say(`${name} is gone (${why}), ${runners.size} left`);
    if (runner.leaving) return;
    // It ended by itself: the next one is not started at once.
    failures += 1;
    startAgainAt = Date.now() + Math.min(60_000, 1000 * 2 ** failures);
  };
  child.once("error", (error) => gone(error.message));
  child.once("exit", (code) => gone(`code ${code}`));
  say(`${name} starts, ${runners.size} now`);
}

/** Lets a runner finish what it has and leave. */
function letGo(runner: Runner): void {
  runner.leaving = true;
  runner.process.kill("SIGTERM");
  say(`${runner.name} is let go`);
}

async function look(): Promise<void> {
  const query = new URLSearchParams({ project, pool, slots: String(slots) });
  interface Pool {
    queued: number;
    used: number;
    desiredRunners: number;
  }
  const { pools } = await ask<{ pools: Pool[] }>(`/metrics/scaling?${query}`, metricsToken);
  const seen = pools[0];
  if (seen === undefined) throw new Error(`the gateway told nothing of the pool ${pool}`);
  const wanted = Math.max(least, Math.min(most, seen.desiredRunners));
  const staying = [...runners].filter(({ leaving }) => !leaving);
  if (seen.used > 0) failures = 0;
  if (wanted >= staying.length) wantedFewerSince = null;
  if (wanted > staying.length && Date.now() >= startAgainAt) {
    say(`${seen.queued} wait and ${seen.used} run: ${wanted} runners wanted, ${staying.length} there`);
    for (let n = staying.length; n < wanted && !stopping; n++) await add();
  }
  if (wanted >= staying.length) return;
  wantedFewerSince ??= Date.now();
  if (Date.now() - wantedFewerSince < calmMs) return;
  for (const runner of staying.slice(wanted)) letGo(runner);
  wantedFewerSince = null;
}

function stop(): void {
  stopping = true;
  for (const runner of runners) if (!runner.leaving) letGo(runner);
}
process.on("SIGTERM", stop);
process.on("SIGINT", stop);

while (!stopping || runners.size > 0) {
  // A gateway that does not answer changes nothing: who is there stays.
  if (!stopping) await look().catch((error: unknown) => say(String(error)));
  await new Promise((resolve) => setTimeout(resolve, stopping ? 200 : everyMs));
}
