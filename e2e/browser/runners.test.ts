import { spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
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
});
