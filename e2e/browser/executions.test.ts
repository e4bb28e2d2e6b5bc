import { changeSchedule, createSchedule } from "@pulse/schema/wire/schedules";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type BrowserWorld, startBrowserWorld } from "./browser.ts";
import { hasChromium } from "./chromium.ts";
import { findAndReplayWithKeys } from "./keyboard-journeys.ts";
import { callWith, deploySeeds, resizer } from "./seeds.ts";

describe.skipIf(!hasChromium())("executions", () => {
  let browsers: BrowserWorld;
  beforeAll(async () => {
    browsers = await startBrowserWorld();
    await deploySeeds(browsers.world);
  });
  afterAll(() => browsers?.stop());

  test("the failed one is found, says why and where, and runs again with another input and on the mended version", async () => {
    const { world } = browsers;
    await callWith(world, "greet", { name: "Ada" });
    const failed = await callWith(world, "resize", { height: 3 });
    const { page, complaints, open, close } = await browsers.visit();
    await open("/executions");
    // Written with completion, by keyboard alone.
    const filter = page.getByRole("combobox", { name: "Filter" });
    await filter.fill("sta");
    await page.getByRole("option", { name: /status:/ }).waitFor();
    await filter.press("ArrowDown");
    await filter.press("Enter");
    await filter.pressSequentially("fail");
    await page.getByRole("option", { name: "failed" }).waitFor();
    await filter.press("ArrowDown");
    await filter.press("Enter");
    await filter.press("Enter");
    await page.waitForURL(/filter=status%3Afailed/);
    await expect.poll(() => page.locator("tbody tr").count()).toBe(1);
    await page.getByRole("link", { name: /resize/ }).click();

    const why = page.getByRole("region", { name: "Why" });
    await why.getByText("It failed because the code threw an error.").waitFor();
    await why.getByText("KeyError: 'width'").first().waitFor();
    const line = why.locator("li", { hasText: "this line:" });
    await line.waitFor();
    expect(await line.textContent()).toContain('size = order["width"] * 2');

    // Another input.
    await page.getByRole("button", { name: "Replay" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("radio", { name: "another JSON body" }).check();
    const body = dialog.getByRole("textbox", { name: "JSON body" });
    expect(JSON.parse(await body.inputValue())).toEqual({ height: 3 });
    await body.fill('{"width": ');
    await dialog.getByRole("button", { name: "Replay" }).click();
    await dialog.getByText(/This is not JSON/).waitFor();
    await body.fill('{"width": 21}');
    await dialog.getByRole("button", { name: "Replay" }).click();
    await page.waitForURL(
      (url) => url.pathname.startsWith("/executions/exe_") && !url.pathname.includes(failed),
    );
    await page.getByText("succeeded", { exact: true }).waitFor();
    await page.getByRole("tab", { name: "Result" }).click();
    await page.getByText('"size": 42').waitFor();
    await page.getByRole("tab", { name: "Details" }).click();
    expect(await page.getByRole("link", { name: failed, exact: true }).getAttribute("href")).toBe(
      `/executions/${failed}`,
    );

    // Both side by side, at an address of its own.
    const replayed = page.url();
    await page.getByRole("link", { name: "Compare with the one it replays" }).click();
    await page.waitForURL(new RegExp(`/executions/${failed}/compare/exe_`));
    await page.getByText("They differ.").waitFor();
    const sides = page.getByRole("table", { name: "Compare executions" });
    expect(await sides.getByRole("row", { name: /Error/ }).textContent()).toContain("KeyError: 'width'");
    await page.getByRole("region", { name: "Input" }).getByText("+ 21").waitFor();
    await page.goto(replayed);

    // The code is mended: the same input on what is live now.
    const mended = resizer.replace('order["width"]', 'order.get("width", order["height"])');
    await world.deploy("resize", { "main.py": mended }, { runtime: "python" });
    await page.getByRole("tab", { name: "Details" }).click();
    await page.getByRole("link", { name: failed, exact: true }).click();
    await why.waitFor();
    await page.getByRole("button", { name: "Replay" }).click();
    await dialog.getByRole("radio", { name: "what is live now" }).check();
    await dialog.getByRole("button", { name: "Replay" }).click();
    await page.waitForURL(
      (url) => url.pathname.startsWith("/executions/exe_") && !url.pathname.includes(failed),
    );
    await page.getByText("succeeded", { exact: true }).waitFor();
    expect(complaints.list()).toEqual([]);
    await close();
  });

  test("the failed one is found, says why, and runs again with another input, by keyboard alone", async () => {
    await findAndReplayWithKeys(browsers, await callWith(browsers.world, "resize", { depth: 3 }));
  });

  test("new ones are counted on a pill and nothing moves until it is pressed; what is there changes in place", async () => {
    const { world } = browsers;
    const sleeping = await callWith(world, "sleep", {}, true);
    const { page, complaints, open, close } = await browsers.visit();
    await open("/executions?name=sleep");
    const row = page.locator("tbody tr").first();
    await row.getByText("running").waitFor();
    const before = await page.locator("tbody tr").count();
    await world.call(`/v1/executions/${sleeping}/cancel`, { method: "POST" });
    await row.getByText("cancelled", { exact: true }).waitFor();
    const next = await callWith(world, "sleep", {}, true);
    await page.getByRole("button", { name: "1 new execution" }).click();
    await expect.poll(() => page.locator("tbody tr").count()).toBe(before + 1);
    expect(await row.getByRole("link").getAttribute("href")).toBe(`/executions/${next}`);
    // The button is gone, and the keyboard goes on at what it showed.
    expect(await row.getByRole("link").evaluate((link) => link === document.activeElement)).toBe(true);
    await world.call(`/v1/executions/${next}/cancel`, { method: "POST" });
    expect(complaints.list()).toEqual([]);
    await close();
  });

  test("filters and pages are in the address, so that a link shows another reader the same", async () => {
    const { world } = browsers;
    for (let i = 0; i < 55; i++) await callWith(world, "greet", { name: `n${i}` });
    const { page, complaints, open, close } = await browsers.visit();
    // Links of before, in parts, stand for the filter that they say.
    await open("/executions?name=greet&kind=function&since=1h");
    expect(await page.getByRole("combobox", { name: "Filter" }).inputValue()).toBe(
      "kind:function name:greet since:1h",
    );
    expect(await page.getByRole("combobox", { name: "Since" }).inputValue()).toBe("1h");
    expect(await page.locator("tbody tr").count()).toBe(50);
    const first = await page.locator("tbody tr a").first().getAttribute("href");
    await page.getByRole("link", { name: "Older" }).click();
    await page.getByRole("link", { name: "Newest" }).waitFor();
    expect(new URL(page.url()).searchParams.get("filter")).toContain("name:greet");
    await expect.poll(() => page.locator("tbody tr").count()).toBeLessThan(50);
    await page.getByRole("link", { name: "Newest" }).click();
    await expect.poll(() => page.locator("tbody tr a").first().getAttribute("href")).toBe(first);
    const filter = page.getByRole("combobox", { name: "Filter" });
    await filter.fill('"nothing has this"');
    await page.getByText("No execution fits these filters").waitFor();
    expect(new URL(page.url()).searchParams.get("filter")).toBe('"nothing has this"');
    await filter.fill("stauts:failed");
    await filter.press("Enter");
    await page.getByText('there is no filter "stauts"; did you mean status?').waitFor();

    // A view is kept under a name, and is a link.
    await open("/executions?filter=fn:greet");
    const kept = page.locator("details", { hasText: "Saved views" });
    await kept.locator("summary").click();
    await kept.getByRole("textbox", { name: "Name of the view" }).fill("greetings");
    await kept.getByRole("button", { name: "Keep" }).click();
    await open("/executions");
    await kept.locator("summary").click();
    await kept.getByRole("link", { name: /greetings/ }).click();
    await page.waitForURL(/filter=fn%3Agreet/);

    // The chart: a step chosen by keyboard becomes a part of the filter.
    const chart = page.getByRole("slider", { name: /Executions over time/ });
    await chart.focus();
    await chart.press("End");
    for (let at = 0; at < 60 && !/succeeded/i.test((await chart.getAttribute("aria-valuetext")) ?? ""); at++)
      await chart.press("ArrowLeft");
    expect(await chart.getAttribute("aria-valuetext")).toMatch(/[1-9]\d* Succeeded/);
    await chart.press("Enter");
    await page.waitForURL(/since%3A20.*until%3A20/);
    expect(complaints.list()).toEqual([]);
    await close();
  });

  test("each fire of a schedule that is to come stands in the chart, hollow", async () => {
    const { client, signal } = browsers.world;
    const body = { name: "often", every: "2m", target: { function: "greet" } };
    const { id } = await client.call(createSchedule, { body, signal });
    const { page, complaints, open, close } = await browsers.visit();
    await open("/executions?filter=since:1h");
    await page.getByText("As a table").first().click();
    const table = page.getByRole("table", { name: "Executions over time" });
    const planned = async () => {
      const heads = await table.locator("thead th").allTextContents();
      const at = heads.indexOf("Planned");
      const cells = await table
        .locator("tbody tr")
        .evaluateAll((rows, column) => rows.map((row) => Number(row.children[column]?.textContent ?? 0)), at);
      return at < 0 ? 0 : cells.reduce((sum, one) => sum + one, 0);
    };
    // A sixth of the hour, in whole steps.
    await expect.poll(planned).toBeGreaterThanOrEqual(4);
    expect(await planned()).toBeLessThanOrEqual(7);
    await client.call(changeSchedule, { params: { id }, body: { enabled: false }, signal });
    await page.getByText("Planned", { exact: true }).first().waitFor();
    const asked = page.waitForResponse(/\/v1\/schedules/);
    await page.reload();
    await asked;
    await page.getByRole("slider", { name: /^Executions over time/ }).waitFor();
    await page.getByText("Planned", { exact: true }).waitFor({ state: "detached" });
    expect(complaints.list()).toEqual([]);
    await close();
  });

  test("many are selected or filtered, counted first, then run again or stopped", async () => {
    const { world } = browsers;
    const sleeping = [await callWith(world, "sleep", {}, true), await callWith(world, "sleep", {}, true)];
    const failing = [await callWith(world, "resize", { a: 1 }), await callWith(world, "resize", { b: 2 })];
    const { page, complaints, open, close } = await browsers.visit();
    await open(`/executions?filter=id:${failing.join(",")}`);
    await page.getByRole("checkbox", { name: /Select all rows/ }).check();
    await page.getByRole("button", { name: "Replay these…" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByText("2 executions would run again.").waitFor();
    await dialog.getByRole("button", { name: "Replay them" }).click();
    await dialog.getByText("2 executions were started again.").waitFor();
    await dialog.getByRole("button", { name: "Close" }).last().click();
    await open("/executions?filter=fn:sleep%20status:active");
    await page.getByRole("button", { name: "Cancel all that fit…" }).click();
    await dialog.getByText("2 executions would be cancelled.").waitFor();
    await dialog.getByRole("button", { name: "Cancel them" }).click();
    await dialog.getByText("2 executions are told to stop.").waitFor();
    for (const id of sleeping) expect(await (await world.ended(id)).status).toBe("cancelled");
    expect(complaints.list()).toEqual([]);
    await close();
  });

  test("each attempt is told apart: in the sentence, in the log and in the details", async () => {
    const { world } = browsers;
    const source = "export default () => { console.log('trying'); throw new Error('not today'); };\n";
    const retry = { attempts: 3, backoff: "50ms", maxBackoff: "50ms" };
    await world.deploy("stubborn", { "index.ts": source }, { settings: { retry } });
    const id = await callWith(world, "stubborn", {}, true);
    await world.ended(id);
    const { page, complaints, open, close } = await browsers.visit();
    await open(`/executions/${id}`);
    await page.getByRole("region", { name: "Why" }).getByText("It was tried again 2 times.").waitFor();
    const log = page.getByRole("region", { name: "Log lines" });
    await log.getByText("attempt 2", { exact: true }).waitFor();
    await log.getByText("attempt 3", { exact: true }).waitFor();
    await page.getByRole("tab", { name: "Logs" }).press("End");
    await page.getByRole("tabpanel", { name: "Details" }).getByText("Retries used").waitFor();
    expect(complaints.list()).toEqual([]);
    await close();
  });

  test("a result of ten megabytes shows its beginning or says that it was not kept; the page stays usable", async () => {
    const id = await callWith(browsers.world, "talk", { bytes: 10_000_000 });
    const kept = await callWith(browsers.world, "talk", { bytes: 900_000 });
    const { page, complaints, open, close } = await browsers.visit();
    // What is not kept is answered with a problem.
    complaints.expect(/40[49]|410/);
    await open(`/executions/${kept}?tab=result`);
    await page.getByText("Only the beginning is shown.").waitFor();
    await open(`/executions/${id}?tab=result`);
    await page
      .getByRole("tabpanel")
      .getByText(/kept|beginning/i)
      .first()
      .waitFor();
    await page.getByRole("tab", { name: "Details" }).click();
    await page.getByText("Retries used").waitFor();
    expect(complaints.list()).toEqual([]);
    await close();
  });
});
