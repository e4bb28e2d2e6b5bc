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

/** Resolves to the runtimes of the built-in runner once it can take work; says what it waits for meanwhile. */
export async function runnerReady(
  client: Client,
  say: (line: string) => void,
  signal: AbortSignal,
): Promise<string[]> {
  let said = "";
  for (;;) {
    const { items } = await client.call(listRunners, { query: {}, signal });
    const runner = items.find((one) => one.status === "online");
    if (runner !== undefined && runner.preparing === null)
      return (runner.facts?.runtimes as string[] | undefined) ?? [];
    const now = runner?.preparing ?? "waiting for the built-in runner";
    if (now !== said) say(`  … ${now}`);
    said = now;
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
  { runtimes, say, marker }: { runtimes: readonly string[]; say: (line: string) => void; marker: string },
  signal: AbortSignal,
): Promise<void> {
  const done = existsSync(marker) ? readFileSync(marker, "utf8").split("\n") : [];
  for (const { name, runtime } of samples) {
    if (done.includes(name)) continue;
    if (!runtimes.includes(runtime)) {
      say(`  – ${name} skipped: python3 is missing (Debian: apt-get install python3)`);
      continue;
    }
    const folder = join(examples, name);
    const files = Object.fromEntries(
      readdirSync(folder)
        .filter((file) => /\.(ts|py)$/.test(file))
        .map((file) => [file, readFileSync(join(folder, file), "utf8")]),
    );
    try {
      await client.call(deployVersion, {
        params: { name },
        query: { wait: 120 },
        body: { runtime, files, message: "sample" },
        signal,
      });
      say(`  ✓ ${name} deployed`);
      writeFileSync(marker, `${name}\n`, { flag: "a" });
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error;
      say(`  ✗ ${name}: ${error.message}`);
    }
  }
}
