import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
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
});
