import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type BrowserWorld, startBrowserWorld } from "./browser.ts";
import { hasChromium } from "./chromium.ts";
import { runCopiedCalls } from "./copied-calls.ts";
import { focused } from "./functions-keyboard.ts";
import { writeTestDeployWithKeys } from "./keyboard-journeys.ts";
import { callWith, resizer } from "./seeds.ts";

/** A busy machine takes its time. */
const soon = { timeout: 15_000 };

describe.skipIf(!hasChromium())("functions in the browser", () => {
  let browsers: BrowserWorld;
  beforeAll(async () => {
    browsers = await startBrowserWorld();
  });
  afterAll(() => browsers?.stop());

  test("a Python function is written, tried, deployed and called by keyboard alone", async () => {
    const visit = await browsers.visit();
    const { page, complaints, close } = visit;
    await writeTestDeployWithKeys(visit);

    // Back where one was, with nothing lost.
    await expect.poll(() => focused(page), soon).toBe("Body");
    await page.getByRole("textbox", { name: "Code of main.py" }).focus();
    await page.keyboard.press("Control+Shift+D");
    await page.getByRole("dialog", { name: "Deploy doubler" }).waitFor();
    await page.keyboard.press("Escape");
    await expect.poll(() => focused(page), soon).toBe("Code of main.py");

    // What the build told of the inputs is a form over the same JSON, and so is the input of an execution.
    await page.getByRole("tab", { name: "Form" }).click();
    await page.getByLabel("number *").fill("4");
    await page.getByRole("tab", { name: "JSON" }).click();
    expect(JSON.parse(await page.getByLabel("Body").inputValue())).toEqual({ number: 4 });
    await page.getByRole("button", { name: "Use the input of an execution…" }).click();
    await page.getByRole("dialog").getByRole("listitem").first().getByRole("button").click();
    await page.getByText(/This is the input of exe_/).waitFor();
    expect(JSON.parse(await page.getByLabel("Body").inputValue())).toEqual({ number: 21 });

    const url = await page
      .locator("summary", { hasText: "callers need a key" })
      .locator("code")
      .textContent();
    expect(url).toBe(`${browsers.world.url}/f/doubler`);
    const init = { method: "POST", body: '{"number": 4}', headers: { "content-type": "application/json" } };
    const answer = await browsers.world.call("/f/doubler", init);
    expect([answer.status, await answer.json()]).toEqual([200, { double: 8 }]);
    expect((await browsers.world.call("/f/doubler", { ...init, key: null })).status).toBe(401);
    expect(complaints.list()).toEqual([]);
    await close();
  });

  test("a call that is copied as curl, fetch, Python or pulse runs where it is pasted", async () => {
    await runCopiedCalls(browsers);
  });

  test("a failed execution is found, says why, is fixed and replayed", async () => {
    await browsers.world.deploy("resize", { "main.py": resizer }, { runtime: "python" });
    const failed = await callWith(browsers.world, "resize", { height: 3 });
    await callWith(browsers.world, "resize", { width: 3 });
    const { page, complaints, open, close } = await browsers.visit();
    await open("/executions?status=failed%2Cdead&name=resize");
    const rows = page.getByRole("row").filter({ hasText: "resize" });
    expect(await rows.count()).toBe(1);
    await rows.getByRole("link").click();
    await page.waitForURL(`**/executions/${failed}*`);
    const why = page.getByRole("region", { name: "Why" });
    expect(await why.textContent()).toMatch(/It failed because the code threw an error.*KeyError/);

    await page.getByRole("link", { name: "Fix it in the editor" }).click();
    const editor = page.getByRole("textbox", { name: "Code of main.py" });
    await editor.waitFor();
    // The link leads to the line where it broke.
    await expect.poll(() => focused(page), soon).toBe("Code of main.py");
    await page.keyboard.press("Home");
    await page.keyboard.press("Shift+End");
    await page.keyboard.type('size = order.get("width", 1) * 2');
    await page.keyboard.press("Control+Shift+D");
    await page.getByRole("dialog").getByRole("button", { name: "Deploy" }).click();
    await page.getByText("v2 is live.").waitFor();

    await open(`/executions/${failed}`);
    await page.getByRole("button", { name: "Replay" }).first().click();
    const dialog = page.getByRole("dialog", { name: "Replay this execution" });
    await dialog.getByLabel("what is live now").check();
    await dialog.getByRole("button", { name: "Replay" }).click();
    await page.waitForURL((url) => url.pathname.startsWith("/executions/") && !url.pathname.endsWith(failed));
    await page.getByText("succeeded").first().waitFor();
    const id = new URL(page.url()).pathname.split("/").pop() ?? "";
    expect(await browsers.world.execution(id)).toMatchObject({ status: "succeeded", version: 2 });
    expect(complaints.list()).toEqual([]);
    await close();
  });
});
