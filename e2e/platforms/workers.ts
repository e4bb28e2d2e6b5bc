import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createClient } from "@libsql/client/web";
import { createTestHarness, type TestHarness } from "wrangler";
import { migrateRemote } from "../../gateway/src/platform/workers/migrate.ts";
import { type HranaServer, serveHrana } from "../../tools/hrana/server.ts";
import type { StartedGateway } from "../world.ts";
import type { Running } from "./node.ts";
import type { SteadyAddress } from "./steady-address.ts";

const root = new URL("../..", import.meta.url).pathname;

// Nothing of the test machine is reported, and nothing is fetched for it.
process.env.WRANGLER_SEND_METRICS = "false";
process.env.CLOUDFLARE_CF_FETCH_ENABLED = "false";

/** The gateway on workerd, with what a test may do to it. */
export interface WorkersGateway extends StartedGateway {
  harness: TestHarness;
  hrana: HranaServer;
  /** Takes the hub's memory away, as the platform does; its next call or alarm starts it again. */
  evict(object?: string): Promise<void>;
  /** When the default pool's alarm comes (epoch ms), or null; with `forget`, after it was taken away. */
  alarm(how?: "forget"): Promise<number | null>;
  /** Lets the cron trigger fire, as if at another time where one is given (epoch ms). */
  cron(at?: number): Promise<void>;
  /** Ends workerd with everything in its memory and starts it again over the same database, at the same address. Needs `steady`. */
  restart(): Promise<void>;
  /** What was asked of the Worker, of its objects and of the database since it started. */
  counts(): Promise<WorkersCounts>;
}

const defaultPool = "pool/default/default";

/** How a Worker is set up otherwise than the release. */
export interface WorkersOptions {
  vars?: Record<string, string>;
  withoutBucket?: boolean;
  withoutMigration?: boolean;
  /** A folder with a dashboard; without one, none was built. */
  dashboard?: string;
  /** Where it answers, so that it may be started again. */
  steady?: SteadyAddress;
}

/** Requests and statements so far; `object` by what was asked of any object. */
export interface WorkersCounts {
  worker: number;
  object: Record<string, number>;
  databaseRequests: number;
  statements: number;
}

/** Starts the Worker of `wrangler.toml` on real workerd, over a libSQL file behind Hrana. */
export async function startWorkersGateway(
  given: { dataDir: string; adminKey: string },
  options: WorkersOptions = {},
): Promise<WorkersGateway> {
  const hrana = await serveHrana({ file: join(given.dataDir, "workers.db") });
  if (!options.withoutMigration) await migrateRemote(createClient({ url: hrana.url }));
  const harness = createTestHarness({
    workers: [
      {
        configPath: configWithTestEntry(given.dataDir, options),
        vars: { PULSE_DATABASE_URL: hrana.url, ...options.vars },
        secrets: { PULSE_ADMIN_KEY: given.adminKey, PULSE_MASTER_KEY: masterKeyFor(given.adminKey) },
      },
    ],
  });
  const stop = async () => {
    await harness.close();
    await hrana.close();
  };
  const { steady } = options;
  const listen = async (): Promise<string> => {
    const { url } = await harness.listen();
    steady?.leadTo(Number(url.port));
    return steady?.url ?? url.origin;
  };
  const url = await listen().catch(async (error: unknown) => {
    await stop();
    throw error;
  });
  const path = (name: string, object: string) => `${url}/-/${name}?object=${encodeURIComponent(object)}`;
  // The harness's own eviction waits until nobody waits for the object, which is just what is not to be waited for.
  const evict = async (object = defaultPool) => {
    const { status } = await fetch(path("evict", object));
    if (status !== 204) throw new Error(`the object ${object} was not evicted: ${status}`);
  };
  return {
    url,
    running: runningOf(harness, stop),
    harness,
    hrana,
    evict,
    async alarm(how) {
      const method = how === "forget" ? "DELETE" : "GET";
      return ((await (await fetch(path("alarm", defaultPool), { method })).json()) as { at: number | null })
        .at;
    },
    async cron(at) {
      const time = at === undefined ? "" : `?time=${at}`;
      const { status } = await fetch(`${url}/cdn-cgi/local/scheduled${time}`);
      if (status !== 200) throw new Error(`the cron trigger failed: ${status}`);
    },
    async restart() {
      if (steady === undefined) throw new Error("a gateway that starts again needs a steady address");
      steady.leadTo(null);
      await harness.close();
      await listen();
    },
    async counts() {
      const asked = (await (await fetch(`${url}/-/counts`)).json()) as Pick<
        WorkersCounts,
        "worker" | "object"
      >;
      const { pipelines, statements } = hrana.counts();
      return { ...asked, databaseRequests: pipelines, statements };
    },
    crash: async () => void (await Promise.all([evict(), evict("control/default")])),
  };
}

/** The same for every start of one gateway. */
function masterKeyFor(adminKey: string): string {
  return createHash("sha256").update(`master key of ${adminKey}`).digest("base64");
}

/** The release's `wrangler.toml` in the folder of the test, with the entry that knows how to evict. */
function configWithTestEntry(folder: string, { withoutBucket, dashboard }: WorkersOptions): string {
  const assets = dashboard ?? join(folder, "no-dashboard");
  if (dashboard === undefined) mkdirSync(assets, { recursive: true });
  const path = join(folder, "wrangler.toml");
  const text = readFileSync(join(root, "wrangler.toml"), "utf8")
    .replace(/^main = .*$/m, `main = ${JSON.stringify(join(root, "e2e/platforms/workers-entry.ts"))}`)
    .replace(/^directory = .*$/m, `directory = ${JSON.stringify(assets)}`)
    .replace(/^\[build\]\n(.+\n)+/m, "");
  writeFileSync(path, withoutBucket ? text.replace(/^\[\[r2_buckets\]\]\n(.+\n)+/m, "") : text);
  return path;
}

/** The workerd process under this one. It is not ours to kill: a crash of the platform is an eviction. */
function runningOf(harness: TestHarness, stop: () => Promise<void>): Running {
  const output = () =>
    harness
      .getLogs()
      .map(({ level, message }) => `${level} ${message}`)
      .join("\n");
  // Suites read the memory of `child.pid`; the harness gives no process.
  const child = { pid: workerdPid(), exitCode: null } as Running["child"];
  return { child, output, exited: new Promise(() => undefined), stop, kill: stop };
}

function workerdPid(): number | undefined {
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  const isOurs = (pid: string) => {
    try {
      const status = readFileSync(`/proc/${pid}/status`, "utf8");
      return /^Name:\tworkerd$/m.test(status) && status.includes(`PPid:\t${process.pid}\n`);
    } catch {
      // It ended while we looked.
      return false;
    }
  };
  return pids.filter(isOurs).map(Number).at(-1);
}
