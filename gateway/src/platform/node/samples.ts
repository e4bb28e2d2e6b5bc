import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Client } from "@pulse/schema/client";
import { ProblemError } from "@pulse/schema/problem";
import { deployVersion } from "@pulse/schema/wire/functions";
import { listRunners } from "@pulse/schema/wire/runners";

const examples = fileURLToPath(new URL("../../../../examples", import.meta.url));
const lookMs = 100;

const samples = [
  { name: "hello", runtime: "typescript" as const },
  { name: "hello-python", runtime: "python" as const },
];

const python3Missing = "python3 is missing (Debian: apt-get install python3)";

/** What the built-in runner says of itself. */
export interface RunnerNow {
  /** What it still prepares, such as "preparing image"; null when it is ready. */
  preparing: string | null;
  runtimes: readonly string[];
}

/** Resolves once a runner is online and `enough` of it; says what is waited for meanwhile. */
export async function awaitRunner(
  client: Client,
  enough: (runner: RunnerNow) => boolean,
  say: (line: string) => void,
  signal: AbortSignal,
): Promise<RunnerNow> {
  let said = "";
  for (;;) {
    const { items } = await client.call(listRunners, { query: {}, signal });
    const runner = items.find((one) => one.status === "online");
    if (runner !== undefined) {
      const { preparing, facts } = runner;
      const now = { preparing, runtimes: (facts?.runtimes as string[] | undefined) ?? [] };
      if (enough(now)) return now;
    }
    const line = runner?.preparing ?? "waiting for the built-in runner";
    if (line !== said) say(`  … ${line}`);
    said = line;
    await new Promise((resolve) => setTimeout(resolve, lookMs));
    signal.throwIfAborted();
  }
}

/**
 * Deploys the samples that this machine can run, each once in the life of the data folder: `marker` is the file that lists those which were.
 * A sample that fails is said, not fatal, and tried again at the next start.
 */
export async function deploySamples(
  client: Client,
  { runner, say, marker }: { runner: RunnerNow; say: (line: string) => void; marker: string },
  signal: AbortSignal,
): Promise<void> {
  const done = existsSync(marker) ? readFileSync(marker, "utf8").split("\n") : [];
  const one = async ({ name, runtime }: (typeof samples)[number]) => {
    if (runner.preparing === null && !runner.runtimes.includes(runtime)) {
      say(`  – ${name} skipped: ${runtime === "python" ? python3Missing : `no runtime for ${runtime}`}`);
      return;
    }
    const folder = join(examples, name);
    const files = Object.fromEntries(
      readdirSync(folder)
        .filter((file) => /\.(ts|py)$/.test(file))
        .map((file) => [file, readFileSync(join(folder, file), "utf8")]),
    );
    const body = { runtime, files, message: "sample" };
    try {
      // The same files again are the same version: this waits for its build as long as that takes.
      for (let status = "building"; status === "building"; ) {
        const version = await client.call(deployVersion, {
          params: { name },
          query: { wait: 900 },
          body,
          signal,
        });
        status = version.status;
      }
      say(`  ✓ ${name} deployed`);
      writeFileSync(marker, `${name}\n`, { flag: "a" });
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error;
      say(`  ✗ ${name}: ${error.message}`);
    }
  };
  await Promise.all(samples.filter(({ name }) => !done.includes(name)).map(one));
}
