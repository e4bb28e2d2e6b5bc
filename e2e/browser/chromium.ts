import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { type Browser, chromium } from "playwright-core";

const executablePath = process.env.PULSE_CHROMIUM ?? "/usr/bin/chromium";
const root = new URL("../..", import.meta.url).pathname;

/**
 * Whether Debian's Chromium is installed. Where `PULSE_E2E_BROWSER=required` a missing one is an error; elsewhere the skip is printed and counted by
 * the test report.
 */
export function hasChromium(): boolean {
  const found = existsSync(executablePath);
  if (!found && process.env.PULSE_E2E_BROWSER === "required")
    throw new Error(`PULSE_E2E_BROWSER=required, but there is no ${executablePath}`);
  if (!found) process.stderr.write(`no ${executablePath}: the tests in a browser are skipped\n`);
  return found;
}

/** Builds the dashboard when its sources changed, as `pnpm start` does. */
export async function buildDashboard(): Promise<void> {
  await promisify(execFile)(process.execPath, [join(root, "dashboard/build.ts"), "--if-stale"]);
}

/** Starts a Chromium without a window that asks nobody outside for anything; `args` are added to its command line. */
export function startChromium(args: readonly string[] = []): Promise<Browser> {
  return chromium.launch({
    executablePath,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      ...args,
    ],
  });
}
