import { readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { createClient } from "@pulse/schema/client";
import { listRunners } from "@pulse/schema/wire/runners";
import { readGatewayConfig } from "../../config.ts";
import { BuiltInRunner } from "./built-in-runner.ts";
import { buildDashboard } from "./dashboard-build.ts";
import { startGateway } from "./gateway.ts";
import { stderrLog } from "./ports.ts";
import { exitCodeOf, said } from "./said.ts";
import { awaitRunner, deploySamples } from "./samples.ts";
import { writeSetUpUrl } from "./set-up-url.ts";

/** Whoever waits longer than this for images gets the way in first. */
const patienceMs = 20_000;
const say = (line: string) => void process.stdout.write(`${line}\n`);

/** `pnpm start`: a gateway and one runner on this machine, with two sample functions on the first start. */
async function main(): Promise<void> {
  const config = readGatewayConfig(process.env, process.argv.slice(2));
  const log = stderrLog((line) => process.stderr.write(line), config.logFormat);
  const gateway = await startGateway(config, log);
  const runner = new BuiltInRunner(gateway, process.env);
  const stopping = new AbortController();
  let asked = 0;
  const end = () => {
    if (++asked > 1) {
      runner.kill();
      process.exit(130);
    }
    stopping.abort();
    say("\nStopping: running work may finish; once more Ctrl-C stops at once.");
    // The runner first, while there still is a gateway to take its outcomes.
    void runner
      .stop()
      .then(() => gateway.stop())
      .then(() => process.exit(0));
  };
  process.on("SIGINT", end);
  process.on("SIGTERM", end);

  say(`Pulse ${gateway.url}   data ${relative(process.cwd(), gateway.dataDir) || gateway.dataDir}`);
  const building = buildDashboard(say, stopping.signal);
  await runner.start();
  const keyFile = join(gateway.dataDir, "admin-key");
  const key = readFileSync(keyFile, "utf8").trim();
  const client = createClient({ baseUrl: gateway.url, headers: () => ({ authorization: `Bearer ${key}` }) });
  let isDoorTold = false;
  const doorUrl = async () => {
    if (isDoorTold) return null;
    isDoorTold = true;
    return writeSetUpUrl(gateway, config);
  };
  try {
    const { signal } = stopping;
    const impatient = pause(patienceMs, undefined, { signal }).then(async () => {
      await building;
      const url = await doorUrl();
      if (url !== null) say(`\nOpen ${url} to sign in meanwhile (once, within a day).`);
    });
    impatient.catch(() => undefined);
    const online = await awaitRunner(client, () => true, say, signal);
    // While images are prepared the functions exist already: a call of one waits for it and says so.
    const samples = { runner: online, say, marker: join(gateway.dataDir, "samples-deployed") };
    const deploying = deploySamples(client, samples, signal);
    await Promise.all([
      building,
      deploying,
      awaitRunner(client, ({ preparing }) => preparing === null, say, signal),
    ]);
    await sayHowIsolated(client, signal);
  } catch (error) {
    if (stopping.signal.aborted) return;
    throw error;
  }
  const setUpUrl = await doorUrl();
  say(setUpUrl === null ? "\nTry:" : `\nOpen ${setUpUrl} to sign in (once, within a day), or try:`);
  say(
    `  curl -H "Authorization: Bearer $(cat ${relative(process.cwd(), keyFile)})" ${gateway.url}/f/hello -d '{"name":"Ada"}'`,
  );
  say("  npx -y pnpm@12.21.0 pulse invoke hello -e name=Ada");
  say("Ctrl-C stops.");
}

async function sayHowIsolated(client: ReturnType<typeof createClient>, signal: AbortSignal): Promise<void> {
  const { items } = await client.call(listRunners, { query: {}, signal });
  const isolated = items.some((one) => one.status === "online" && one.capabilities.includes("docker"));
  if (isolated) say("  ✓ runner ready: functions run in containers");
  else
    say(
      "  ✓ runner ready\n  ! NO DOCKER ENGINE: functions run as plain processes of this user. Code is NOT ISOLATED; deploy only code you trust.",
    );
}

await main().catch((error: unknown) => {
  process.stderr.write(said(error));
  process.exit(exitCodeOf(error));
});
