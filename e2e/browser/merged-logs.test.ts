import { readFile } from "node:fs/promises";
import { createEnrolmentToken } from "@pulse/schema/wire/runners";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { PlayedRunner } from "../../bench/played-runner.ts";
import { env, held, NotedRuns } from "../noted-runs.ts";
import { type BrowserWorld, startBrowserWorld } from "./browser.ts";
import { hasChromium } from "./chromium.ts";
import { wrongInEveryLook, wrongOnTelephone } from "./walk.ts";

const targets = ["web-1", "web-2"];

describe.skipIf(!hasChromium())("the log of all targets of a step", () => {
  let browsers: BrowserWorld;
  let runs: NotedRuns;
  let run: string;
  beforeAll(async () => {
    browsers = await startBrowserWorld({ withoutRunner: true, runnerEnv: { PULSE_COMMANDS: "allow" } });
    await Promise.all(targets.map((name) => browsers.world.startRunner(name)));
    runs = new NotedRuns(() => browsers.world);
    const talk = { id: "talk", name: "Talk", type: "execute", targets, env };
    run = await runs.start("talks", {
      steps: [{ ...talk, command: `echo hello; ${held("go")}; echo bye` }],
    });
  });
  afterAll(() => browsers?.stop());

  /** So many hosts that answer whatever they are told with a group of three lines, a line of all, and one of their own. */
  const joined = async (count: number): Promise<PlayedRunner[]> => {
    const { client, url, signal } = browsers.world;
    const body = { pool: "default", labels: { place: "field" }, uses: count };
    const { token } = await client.call(createEnrolmentToken, { body, signal });
    const names = Array.from({ length: count }, (_, i) => `pi-${String(i + 1).padStart(3, "0")}`);
    return await Promise.all(
      names.map((name) => {
        const texts = [
          "::group::Fetch",
          "fetch a",
          "fetch b",
          "fetch c",
          "::endgroup::",
          "fetched",
          `${name} done`,
        ];
        return PlayedRunner.enrol(url, token, name, {
          ...{ capabilities: ["process", "commands"], linesOf: () => texts },
        });
      }),
    );
  };

  const lines = (page: Page) => page.getByRole("region", { name: "Lines of the step" }).locator("li");
  const saying = (page: Page, text: string, runner: string) =>
    lines(page).filter({ hasText: text }).filter({ hasText: runner });

  test("is followed while it grows, told apart by host, searched, and leads to the logs it is made of", async () => {
    const { page, complaints, open, close } = await browsers.visit();
    await open(`/executions/${run}`);
    await page.getByRole("button", { name: "Log of all targets" }).click();
    const part = page.getByRole("region", { name: "Log of all targets: Talk" });
    for (const runner of targets) await saying(page, "hello", runner).waitFor();
    await part.getByText("live", { exact: true }).waitFor();
    expect(await lines(page).filter({ hasText: "bye" }).count()).toBe(0);
    // Whoever is sent the address sees the same.
    expect(new URL(page.url()).searchParams.get("all")).toBe("talk");

    const hosts = page.getByRole("group", { name: "Whose lines are shown" });
    await hosts.getByRole("button", { name: "web-1" }).click();
    await saying(page, "hello", "web-1").waitFor({ state: "detached" });
    expect(await saying(page, "hello", "web-2").count()).toBe(1);
    await hosts.getByRole("button", { name: "Show all" }).click();
    await saying(page, "hello", "web-1").waitFor();

    runs.release("go");
    for (const runner of targets) await saying(page, "bye", runner).waitFor();
    await part.getByText("complete", { exact: true }).waitFor();
    await part.getByRole("searchbox", { name: "Find in the log" }).fill("bye");
    await part.getByText("2 lines", { exact: true }).waitFor();
    await part.getByRole("button", { name: "Next hit" }).click();
    await part.getByRole("button", { name: /^Line \d+ of web-\d$/ }).click();
    await page.waitForURL(/\/executions\/exe_\w+\?line=\d+$/);
    await page.getByRole("region", { name: "Log lines" }).getByText("bye").waitFor();
    expect(complaints.list()).toEqual([]);
    await close();
  });

  test("is readable in every theme, in both languages, and at 320 px", async () => {
    const path = `/executions/${run}?all=talk`;
    expect(await wrongInEveryLook(browsers, [path])).toEqual([]);
    expect(await wrongOnTelephone(browsers, [path])).toEqual([]);
  });

  test("of 120 targets all are in it, hosts are found by name, groups are folded, and it is saved as one file", async () => {
    const count = 120;
    const played = await joined(count);
    const lives = played.map((one) => one.live());
    try {
      await expect.poll(() => played.every(({ isParked }) => isParked), { timeout: 30_000 }).toBe(true);
      const step = {
        id: "fetch",
        name: "Fetch",
        type: "execute",
        targets: ["label:place=field"],
        command: "fetch",
      };
      const id = await runs.start("fetches", { steps: [step] });
      expect((await browsers.world.ended(id)).status).toBe("succeeded");
      const { page, complaints, open, close } = await browsers.visit();
      await open(`/executions/${id}?all=fetch`);
      const part = page.getByRole("region", { name: "Log of all targets: Fetch" });
      await part.getByText("complete", { exact: true }).waitFor();
      const search = part.getByRole("searchbox", { name: "Find in the log" });
      await search.fill("done");
      await part.getByText(`${count} lines`, { exact: true }).waitFor();
      expect(await lines(page).count()).toBeLessThan(count);
      const isWider = () => page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
      expect(await isWider()).toBe(false);
      await page.setViewportSize({ width: 320, height: 900 });
      expect(await isWider()).toBe(false);
      await page.setViewportSize({ width: 1280, height: 900 });

      const hosts = page.getByRole("group", { name: "Whose lines are shown" });
      await hosts.getByRole("button", { name: "Hide all" }).click();
      await hosts.getByRole("searchbox", { name: "Find a host" }).fill("I-117");
      expect(await hosts.getByRole("button", { name: /^pi-/ }).allTextContents()).toEqual(["pi-117"]);
      await hosts.getByRole("button", { name: "pi-117" }).click();
      await saying(page, "pi-117 done", "pi-117").waitFor();
      expect(await lines(page).count()).toBe(3);
      const head = lines(page).getByRole("button", { name: /Fetch · 3 lines/ });
      expect(await head.getAttribute("aria-expanded")).toBe("false");
      await head.click();
      await saying(page, "fetch b", "pi-117").waitFor();
      await lines(page).getByRole("button", { name: "Fetch" }).click();
      await saying(page, "fetch b", "pi-117").waitFor({ state: "detached" });
      // A hit opens the group that it is in.
      await search.fill("fetch c");
      await search.press("Enter");
      await saying(page, "fetch c", "pi-117").waitFor();

      const saving = page.waitForEvent("download");
      await part.getByRole("link", { name: "Download" }).click();
      const saved = await saving;
      expect(saved.suggestedFilename()).toBe(`${id}-fetch.log`);
      const rows = (await readFile(await saved.path(), "utf8")).trimEnd().split("\n");
      expect(rows.length).toBe(count * 7);
      expect(rows.filter((row) => /^\S+Z (pi-\d{3}) stdout \1 done$/.test(row)).length).toBe(count);
      const times = rows.map((row) => Date.parse(row.split(" ")[0] ?? ""));
      expect(times).toEqual(times.toSorted((one, other) => one - other));
      expect(complaints.list()).toEqual([]);
      await close();
    } finally {
      await Promise.all(played.map((one) => one.leave()));
      await Promise.all(lives);
    }
  }, 120_000);
});
