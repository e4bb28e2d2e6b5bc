import { readdirSync, readFileSync } from "node:fs";
import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { visitOf } from "./browser/browser.ts";
import { hasChromium, startChromium } from "./browser/chromium.ts";
import { makeFirstPersonWithKeys } from "./browser/first-person.ts";
import { signInAndTryWithKeys, writeTestDeployWithKeys } from "./browser/keyboard-journeys.ts";
import { freePort, type Running, startProcess, until } from "./platforms/node.ts";

/** Pids of the processes whose environment or arguments name this folder. */
function processesOf(folder: string): string[] {
  return readdirSync("/proc").filter((pid) => {
    if (!/^\d+$/.test(pid) || Number(pid) === process.pid) return false;
    try {
      return ["cmdline", "environ"].some((file) =>
        readFileSync(`/proc/${pid}/${file}`, "utf8").includes(folder),
      );
    } catch {
      // It ended while we looked.
      return false;
    }
  });
}

describe("pnpm dev:workers", () => {
  let folder: string;
  let url: string;
  let running: Running;
  const start = async () => {
    const env = {
      PULSE_PORT: new URL(url).port,
      PULSE_SANDBOX: "process",
      PULSE_DATA_DIR: folder,
      TMPDIR: folder,
    };
    running = startProcess("tools/dev-workers.ts", env);
    const said = async () => (running.output().includes("Ctrl-C stops") ? true : null);
    await until("it says what to type next", said, running, 110_000);
  };
  const keyFile = () => join(folder, "workers", "admin-key");
  const hello = async () => {
    const key = (await readFile(keyFile(), "utf8")).trim();
    const headers = { authorization: `Bearer ${key}` };
    const response = await fetch(`${url}/f/hello`, { method: "POST", body: '{"name":"Ada"}', headers });
    return [response.status, await response.text()];
  };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "pulse-dev-workers-"));
    url = `http://localhost:${await freePort()}`;
    await start();
  }, 120_000);
  afterAll(async () => {
    await running?.stop();
    await rm(folder, { recursive: true, force: true });
  }, 60_000);

  test("a sample answers through workerd, and the admin key is in a file that only its owner can read", async () => {
    expect(await hello()).toEqual([200, expect.stringContaining("Ada")]);
    expect((await stat(keyFile())).mode & 0o777).toBe(0o600);
  });

  test("its page is the dashboard", async () => {
    const page = await fetch(url, { headers: { accept: "text/html" } });
    expect([page.status, await page.text()]).toEqual([200, expect.stringContaining("/assets/")]);
    expect(page.headers.get("content-security-policy")).toContain("default-src 'none'");
  });

  test.skipIf(!hasChromium())(
    "by keyboard alone: signed in, the sample is called, and a function written, tried and deployed",
    async () => {
      const adminKey = (await readFile(keyFile(), "utf8")).trim();
      const browser = await startChromium();
      try {
        const visit = await visitOf(browser, { url, adminKey }, { signedIn: false });
        await signInAndTryWithKeys(visit, "hello", adminKey);
        await writeTestDeployWithKeys(visit);
        expect(visit.complaints.list()).toEqual([]);
      } finally {
        await browser.close();
      }
    },
  );

  test.skipIf(!hasChromium())(
    "the URL that it prints makes the first person, and ends at the result of the sample, once",
    async () => {
      const file = join(folder, "workers", "setup-url");
      const printed = (await readFile(file, "utf8")).trim();
      expect(running.output()).toContain(`Open ${url}/setup#t=`);
      expect(running.output()).toContain(printed);
      expect((await stat(file)).mode & 0o777).toBe(0o600);
      const browser = await startChromium();
      try {
        await makeFirstPersonWithKeys(browser, printed);
      } finally {
        await browser.close();
      }
    },
  );

  test("Ctrl-C leaves no process; a second start keeps what was deployed", async () => {
    expect(processesOf(folder).length).toBeGreaterThan(2);
    running.child.kill("SIGINT");
    expect(await running.exited).toBe(0);
    expect(processesOf(folder)).toEqual([]);
    await start();
    expect(running.output()).not.toContain("hello deployed");
    expect(running.output()).not.toContain("/setup#t=");
    expect((await hello())[0]).toBe(200);
  }, 120_000);
});
