import { listPrompts } from "@pulse/schema/wire/prompts";
import { getWorkflow } from "@pulse/schema/wire/workflows";
import type { Locator, Page } from "playwright-core";
import { expect } from "vitest";
import { until } from "../platforms/node.ts";
import { axeViolations } from "./axe.ts";
import type { BrowserWorld } from "./browser.ts";
import { focused, tabTo } from "./functions-keyboard.ts";
import { runAndAnswerWithKeys } from "./keyboard-journeys.ts";

/** A workflow of three steps is built by dragging, run, and answered on a telephone while somebody else tries to. */
export async function buildAndAnswerWorkflow(browsers: BrowserWorld): Promise<void> {
  const { page, complaints, open, close } = await browsers.visit();
  await open("/workflows/_new?view=graph");
  await page.getByRole("textbox", { name: "Name" }).first().fill("rollout");
  await build(page);
  await page.getByRole("button", { name: "Review and save" }).click();
  const plan = page.getByRole("dialog", { name: "What would change" });
  await plan.getByRole("region", { name: "What a run would do now" }).getByText("Check disk space").waitFor();
  expect(await axeViolations(page)).toEqual([]);
  await plan.getByRole("button", { name: "Cancel" }).click();
  await page.getByRole("button", { name: "Create" }).click();
  await page.getByRole("heading", { name: "rollout", level: 1 }).waitFor();
  expect(await stepNames(browsers, "rollout")).toEqual(["Ask first", "Check disk space", "Rest"]);
  await page.getByRole("button", { name: "Run", exact: true }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Run", exact: true }).click();
  await page.getByRole("button", { name: "Graph" }).click();
  const drawn = page.getByRole("region", { name: "Graph of the run" });
  await drawn.getByRole("img", { name: /^Ask first.*waiting$/ }).waitFor();
  await answerByTelephone(browsers);
  await drawn.getByRole("img", { name: /^Rest.*succeeded$/ }).waitFor();
  expect(complaints.list()).toEqual([]);
  await close();
}

async function build(page: Page): Promise<void> {
  const graph = page.getByRole("group", { name: "Graph of the workflow" });
  const kinds = page.getByRole("list", { name: "Kinds of step" });
  await kinds.getByRole("button", { name: "Ask a person" }).click();
  const form = page.getByRole("region", { name: /^Step/ });
  await form.getByRole("textbox", { name: "Name" }).fill("Ask first");
  await form.getByRole("textbox", { name: "Message" }).fill("Roll out?");
  await form.getByRole("button", { name: "Close the step" }).click();
  await drag(page, graph.getByRole("button", { name: /^Ask first/ }), addAt(graph, 1));
  await drag(page, kinds.getByRole("button", { name: "Wait", exact: true }), addAt(graph, 3));
  await form.getByRole("textbox", { name: "Name" }).fill("Rest");
  await form.getByRole("textbox", { name: "For how long" }).fill("1s");
  await form.getByRole("button", { name: "Close the step" }).click();
  await page.getByText("The definition is valid.").waitFor();
  expect(await axeViolations(page)).toEqual([]);
}

const addAt = (graph: Locator, place: number) =>
  graph.getByRole("button", { name: `Add a step as number ${place}`, exact: true });

async function drag(page: Page, from: Locator, to: Locator): Promise<void> {
  await from.scrollIntoViewIfNeeded();
  const [start, end] = [await from.boundingBox(), await to.boundingBox()];
  if (start === null || end === null) throw new Error("what is dragged, or where to, is not in sight");
  await page.mouse.move(start.x + start.width / 2, start.y + start.height / 2);
  await page.mouse.down();
  await page.mouse.move(end.x + end.width / 2 + 20, end.y + end.height / 2 + 5, { steps: 4 });
  await page.mouse.move(end.x + end.width / 2, end.y + end.height / 2);
  await page.mouse.up();
}

async function stepNames({ world }: BrowserWorld, name: string): Promise<string[]> {
  const { definition } = await world.client.call(getWorkflow, { params: { name }, signal: world.signal });
  return definition.steps.map((step) => step.name);
}

async function answerByTelephone(browsers: BrowserWorld): Promise<void> {
  const { client, signal } = browsers.world;
  const prompt = await until("it asks", async () => {
    const { items } = await client.call(listPrompts, { query: { workflow: "rollout" }, signal });
    return items[0] ?? null;
  });
  const telephone = { width: 320, height: 568 };
  await answerPageLooksRight(browsers, prompt.url);
  const [first, second] = [await browsers.visit(telephone), await browsers.visit(telephone)];
  second.complaints.expect(/409/);
  for (const { open } of [first, second]) await open(`/prompts/${prompt.id}`);
  const yes = first.page.getByRole("button", { name: "Yes" });
  expect((await yes.boundingBox())?.height).toBeGreaterThanOrEqual(44);
  const over = await first.page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  expect(over).toBeLessThanOrEqual(0);
  expect(await axeViolations(first.page)).toEqual([]);
  await yes.click();
  await first.page.getByText("admin answered: Yes").waitFor();
  // The other one has not been told yet, or is by now: either way it says who was first.
  await second.page
    .getByRole("button", { name: "No" })
    .click({ timeout: 2000 })
    .catch(() => undefined);
  await second.page.getByText("admin answered: Yes").waitFor();
  for (const { complaints, close } of [first, second]) {
    expect(complaints.list()).toEqual([]);
    await close();
  }
}

/** The page that needs no script is legible on a telephone in both schemes, signed in or not. */
async function answerPageLooksRight(browsers: BrowserWorld, url: string): Promise<void> {
  for (const theme of ["light", "dark"] as const) {
    for (const signedIn of [true, false]) {
      const { page, open, close } = await browsers.visit({ width: 320, height: 568, theme, signedIn });
      await open(url);
      await page.getByRole("button", { name: signedIn ? "Yes" : "Sign in" }).waitFor();
      expect.soft([theme, signedIn, await axeViolations(page)]).toEqual([theme, signedIn, []]);
      const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      expect(over).toBeLessThanOrEqual(0);
      await close();
    }
  }
}

/** A workflow of three steps is built in the list, run and answered without a mouse; the focus is never lost. */
export async function buildWithKeys(browsers: BrowserWorld): Promise<void> {
  const { page, complaints, open, close } = await browsers.visit();
  await open("/workflows/_new");
  await page.getByRole("button", { name: "Edit: Check disk space" }).waitFor();
  await tabTo(page, "Name");
  await page.keyboard.type("by-keys");
  await addStep(page, /^Ask a person/, "Ask");
  await addStep(page, /^Wait/, "Rest");
  expect(await rows(page)).toEqual(["Check disk space", "Ask", "Rest"]);
  await press(page, "Move up: Rest", "Move up: Rest");
  await page.keyboard.press("Enter");
  await atFocus(page, "Move down: Rest");
  expect(await rows(page)).toEqual(["Rest", "Check disk space", "Ask"]);
  await page.keyboard.press("Control+z");
  await shows(page, ["Check disk space", "Rest", "Ask"]);
  await page.keyboard.press("Control+Shift+z");
  await shows(page, ["Rest", "Check disk space", "Ask"]);
  await press(page, "Duplicate: Check disk space", "Edit: Check disk space 2");
  await shows(page, ["Rest", "Check disk space", "Check disk space 2", "Ask"]);
  await press(page, "Remove: Rest", "Edit: Check disk space");
  await shows(page, ["Check disk space", "Check disk space 2", "Ask"]);
  await tabTo(page, "Create");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "by-keys", level: 1 }).waitFor();
  expect(await stepNames(browsers, "by-keys")).toEqual(["Check disk space", "Check disk space 2", "Ask"]);
  await runAndAnswerWithKeys(page);
  expect(complaints.list()).toEqual([]);
  await close();
}

async function addStep(page: Page, kind: RegExp, name: string): Promise<void> {
  await tabTo(page, "Add step: Steps");
  await page.keyboard.press("Enter");
  await page.getByRole("dialog").waitFor();
  await tabTo(page, kind);
  await page.keyboard.press("Enter");
  await atFocus(page, "Name");
  await page.keyboard.type(name);
  await page.keyboard.press("Escape");
  await atFocus(page, `Edit: ${name}`);
}

/** Goes to a button, presses it, and waits for where the focus is then. */
async function press(page: Page, button: string, then: string): Promise<void> {
  await tabTo(page, button);
  await page.keyboard.press("Enter");
  await atFocus(page, then);
}

const atFocus = (page: Page, name: string) =>
  until(`the focus is at ${name}`, async () => ((await focused(page)) === name ? true : null));

async function rows(page: Page): Promise<string[]> {
  const all = await page.getByRole("button", { name: /^Edit: / }).all();
  return Promise.all(
    all.map(async (one) => (await one.getAttribute("aria-label"))?.slice("Edit: ".length) ?? ""),
  );
}

const shows = (page: Page, names: readonly string[]) =>
  until(`it shows ${names}`, async () => ((await rows(page)).join() === names.join() ? true : null));
