import { listPrompts } from "@pulse/schema/wire/prompts";
import { runWorkflow } from "@pulse/schema/wire/workflow-runs";
import { putWorkflow } from "@pulse/schema/wire/workflows";
import type { Browser } from "playwright-core";
import { until } from "../e2e/platforms/node.ts";
import type { World } from "../e2e/world.ts";
import { windowOf } from "./dashboard-bed.ts";
import { quantile } from "./measure.ts";

/** A slow telephone's network (1.6 Mbit/s down, 150 ms) and a quarter of this machine's speed. */
const slow = { latency: 150, downloadThroughput: 200_000, uploadThroughput: 94_000, offline: false };

/** The page of a prompt at 320 × 568 with nothing in its cache. Goals: answerable within 1.5 s, at most 60 kB of JavaScript. */
export async function answerOnTelephone(browser: Browser, world: World): Promise<string[]> {
  const { client, signal } = world;
  const steps = [{ name: "Sure?", type: "prompt", message: "Reboot all of them?", options: ["Yes", "No"] }];
  await client.call(putWorkflow, { params: { name: "asks" }, raw: JSON.stringify({ steps }), signal });
  await client.call(runWorkflow, { params: { name: "asks" }, body: {}, signal });
  const prompt = await until("the prompt is open", async () => {
    const { items } = await client.call(listPrompts, { query: {}, signal });
    return items[0] ?? null;
  });
  const told: string[] = [];
  for (const [name, path] of [
    ["the page of a notification", `/answer/${prompt.id}`],
    ["the dashboard's page", `/prompts/${prompt.id}`],
  ] as const) {
    const visits: Visit[] = [];
    while (visits.length < 5) visits.push(await slowVisit(browser, world, path));
    const ms = quantile(
      visits.map((visit) => visit.ms),
      0.5,
    ).toFixed(0);
    const kilobytes = ((visits[0]?.bytes ?? 0) / 1000).toFixed(0);
    told.push(
      `${name}: answerable after ${ms} ms, median of five (goal 1500), ${kilobytes} kB of scripts (goal 60)`,
    );
  }
  return told;
}

/** How long it took until the first answer could be tapped on, in milliseconds, and the bytes of scripts that came until then. */
interface Visit {
  ms: number;
  bytes: number;
}

async function slowVisit(browser: Browser, world: World, path: string): Promise<Visit> {
  const { context, page } = await windowOf(browser, world, { width: 320, height: 568 });
  const devtools = await context.newCDPSession(page);
  await devtools.send("Network.enable");
  await devtools.send("Network.emulateNetworkConditions", slow);
  await devtools.send("Emulation.setCPUThrottlingRate", { rate: 4 });
  let bytes = 0;
  const scripts = new Set<string>();
  devtools.on("Network.responseReceived", ({ requestId, type }) => {
    if (type === "Script") scripts.add(requestId);
  });
  devtools.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => {
    if (scripts.has(requestId)) bytes += encodedDataLength;
  });
  const begun = performance.now();
  await page.goto(path, { waitUntil: "commit" });
  await page.getByRole("button", { name: "Yes" }).click({ trial: true });
  const ms = performance.now() - begun;
  await context.close();
  return { ms, bytes };
}
