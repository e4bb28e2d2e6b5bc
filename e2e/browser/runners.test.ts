import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createEnrolmentToken } from "@pulse/schema/wire/runners";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  type InstalledRunner,
  installRunner,
  packRunner,
  runnerOfVersion,
} from "../platforms/installed-runner.ts";
import { startProcess } from "../platforms/node.ts";
import { programEnv } from "../platforms/program-env.ts";
import { axeViolations } from "./axe.ts";
import { type BrowserWorld, startBrowserWorld } from "./browser.ts";
import { hasChromium } from "./chromium.ts";
import { addRunnerWithKeys } from "./keyboard-journeys.ts";

/** Types a line into a shell; its output and its end. */
function startLine(line: string, env: Record<string, string>) {
  const child = spawn("sh", ["-c", line], {
    env: { ...programEnv(), ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (part) => (output += part));
  const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  return { output: () => output, exited };
}

describe.skipIf(!hasChromium())("runners", () => {
  let browsers: BrowserWorld;
  let folder: string;
  beforeAll(async () => {
    browsers = await startBrowserWorld({ withoutRunner: true });
    folder = await mkdtemp(join(tmpdir(), "pulse-runner-"));
  });
  afterAll(async () => {
    await browsers?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  test("the first one is added with the line that the page shows, drained, resumed and removed", async () => {
    const { page, complaints, open, close } = await browsers.visit();
    await open("/runners");
    await page.getByText("No runner yet").waitFor();
    const dialog = page.getByRole("dialog");
    await addRunnerWithKeys(page);
    const line = (await dialog.getByRole("region", { name: "Command" }).textContent()) ?? "";
    expect(line).toContain(`PULSE_GATEWAY=${browsers.world.url}`);
    await dialog.getByText("Waiting for the runner…").waitFor();
    expect(await axeViolations(page)).toEqual([]);

    // The line itself: it fetches the runner from the gateway and starts it from there.
    expect(line).toContain(`curl -fsSL ${browsers.world.url}/install/runner.sh | `);
    const env = { HOME: folder, PULSE_SANDBOX: "process", PULSE_COMMANDS: "allow" };
    const runner = startLine(line, env);
    try {
      await dialog.getByText("web-01 is connected.").waitFor();
      await page.keyboard.press("Escape");
      const row = page.getByRole("row", { name: /web-01/ });
      await row.getByText("online", { exact: true }).waitFor();
      await row.getByText("env=prod").waitFor();
      await row.getByText("0 of 5 slots").last().waitFor();

      await row.getByRole("link", { name: "web-01" }).click();
      await page.getByRole("heading", { name: "web-01", level: 1 }).waitFor();
      await page.getByRole("region", { name: "Machine" }).getByText("linux/").waitFor();
      await page.getByRole("button", { name: "Edit labels" }).click();
      await dialog.getByRole("textbox", { name: "Labels" }).fill("env=prod, role=web");
      await dialog.getByText("no other runner").first().waitFor();
      await dialog.getByRole("textbox", { name: "Try an expression" }).fill("label:env=prod");
      await dialog.getByText("1 machine: web-01").waitFor();
      expect(await axeViolations(page)).toEqual([]);
      await dialog.getByRole("button", { name: "Save" }).click();
      await page.getByRole("region", { name: "About" }).getByText("role=web").waitFor();

      await page.getByRole("link", { name: "Console" }).click();
      await page.getByText("1 machine: web-01").waitFor();
      await page.getByRole("textbox", { name: "Command line" }).fill("echo from-the-console; exit 3");
      await page.keyboard.press("Enter");
      const said = page.getByRole("region", { name: "1 machine: web-01" });
      await said.getByText("from-the-console").waitFor();
      await said.getByText("exit code 3").waitFor();
      expect(await axeViolations(page)).toEqual([]);
      await page.getByRole("textbox", { name: "Command line" }).press("ArrowUp");
      expect(await page.getByRole("textbox", { name: "Command line" }).inputValue()).toContain("exit 3");

      await page.getByRole("link", { name: "Runners" }).click();
      await row.getByRole("button", { name: "Drain: web-01" }).click();
      await row.getByText("draining", { exact: true }).waitFor();
      await row.getByRole("button", { name: "Resume: web-01" }).click();
      await row.getByText("online", { exact: true }).waitFor();

      await row.getByRole("button", { name: "Remove: web-01" }).click();
      await page.getByRole("dialog").getByRole("button", { name: "Remove" }).click();
      await page.getByText("No runner yet").waitFor();
    } finally {
      const base = join(folder, ".pulse-runner");
      const removed = spawnSync(join(base, "pulse-runner"), ["remove"], { encoding: "utf8" });
      expect(`${removed.stderr}${runner.output()}`).toContain("removed");
      await runner.exited;
      expect(existsSync(base)).toBe(false);
    }
    expect(complaints.list()).toEqual([]);
    await close();
  });

  test("one that is refused is told of at once, with what to do about it", async () => {
    const { world } = browsers;
    const { page, complaints, open, close } = await browsers.visit();
    await open("/runners");
    await page.getByRole("button", { name: "Add a runner" }).first().click();
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("textbox", { name: "Name" }).fill("late-01");
    await dialog.getByRole("button", { name: "Make the command" }).click();
    await dialog.getByText("Waiting for the runner…").waitFor();
    // A line from another day: its token was good for a second.
    const body = { expiresIn: "1s" };
    const { token } = await world.client.call(createEnrolmentToken, { body, signal: world.signal });
    await new Promise((resolve) => setTimeout(resolve, 1500));
    const home = await mkdtemp(join(tmpdir(), "pulse-refused-"));
    try {
      const runner = startProcess("runner/src/main.ts", {
        ...{ PULSE_GATEWAY: world.url, PULSE_ENROLMENT_TOKEN: token, PULSE_RUNNER_NAME: "late-01" },
        ...{ HOME: home, PULSE_SANDBOX: "process", PULSE_STATE_DIR: join(home, "state") },
      });
      await dialog.getByText(/^late-01 was refused, from /).waitFor();
      await dialog.getByText("The token has expired. Make another one and paste its line.").waitFor();
      expect(await axeViolations(page)).toEqual([]);
      await runner.exited;
      expect(runner.output()).toContain("expired");
    } finally {
      await rm(home, { recursive: true, force: true });
    }
    await dialog.getByRole("button", { name: "Make another token" }).click();
    await dialog.getByRole("textbox", { name: "Name" }).waitFor();
    expect(complaints.list()).toEqual([]);
    await close();
  });

  test("those of another version are upgraded in waves, stopped between two, and the rest goes on", async () => {
    const { url, client, signal, dataDir } = browsers.world;
    const { main, folder: programs } = runnerOfVersion("0.0.1");
    const installed: InstalledRunner[] = [];
    try {
      const archive = packRunner(folder, "older", main);
      for (const name of ["inst-a", "inst-b"]) {
        const { token } = await client.call(createEnrolmentToken, { body: {}, signal });
        const place = join(dataDir, name);
        mkdirSync(place);
        const env = { PULSE_GATEWAY: url, PULSE_ENROLMENT_TOKEN: token, PULSE_RUNNER_NAME: name };
        installed.push(installRunner(place, archive, { ...env, PULSE_SANDBOX: "process" }));
      }
      const { page, complaints, open, close } = await browsers.visit();
      await open("/runners");
      await page.getByText("2 runners are not of the gateway's version.").waitFor();
      const dialog = page.getByRole("dialog");
      const ask = async (wave: string) => {
        await page.getByRole("button", { name: "Upgrade…" }).click();
        await dialog.getByRole("textbox", { name: "Runners of a wave" }).fill(wave);
        await dialog.getByRole("textbox", { name: "Pause between waves" }).fill("1h");
        await dialog.getByRole("button", { name: "See what would be done" }).click();
      };
      await ask("1");
      await dialog.getByText("2 runners would be upgraded").waitFor();
      expect(await axeViolations(page)).toEqual([]);
      await dialog.getByRole("button", { name: "Upgrade 2 runners" }).click();
      const upgrade = page.getByRole("region", { name: /^Upgrade to / });
      await upgrade.getByText("under way").waitFor();
      // The button that opened the dialog is gone, and the keys are not lost with it.
      await page.waitForFunction(() => document.activeElement?.tagName === "H1");
      await upgrade.getByText("1 of 1 upgraded").waitFor();
      await upgrade.getByRole("button", { name: "Stop" }).click();
      await upgrade.getByText("stopped", { exact: true }).waitFor();
      await upgrade.getByText("Wave 2 of 2").click();
      await upgrade.getByText("was not told").waitFor();
      expect(await axeViolations(page)).toEqual([]);

      await ask("100%");
      await dialog.getByRole("button", { name: "Upgrade 1 runner" }).click();
      await upgrade.getByText("all upgraded").waitFor();
      expect(await page.getByText("not of the gateway's version").count()).toBe(0);
      expect(await axeViolations(page)).toEqual([]);
      expect(complaints.list()).toEqual([]);
      await close();
    } finally {
      await Promise.all(installed.map((one) => one.stop()));
      await rm(programs, { recursive: true });
    }
  });
});
