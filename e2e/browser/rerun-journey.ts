import { runWorkflow } from "@pulse/schema/wire/workflow-runs";
import { putWorkflow } from "@pulse/schema/wire/workflows";
import type { Page } from "playwright-core";
import { expect } from "vitest";
import { axeViolations } from "./axe.ts";
import type { BrowserWorld } from "./browser.ts";

const definition = `steps:
  - { id: build, name: Build, type: execute, targets: [local], command: echo built }
  - id: each
    name: Each
    type: foreach
    items: [a]
    steps:
      - { id: one, name: One, type: execute, targets: [local], command: echo one }
  - { id: check, name: Check, type: execute, targets: [local], command: "echo checked; exit 3" }
`;

/** A run that failed is read over time, runs again from a step and only where it failed, and two runs are compared from the list. */
export async function replayParts(browsers: BrowserWorld): Promise<void> {
  const { client, signal, ended } = browsers.world;
  const params = { name: "parts" };
  const headers = { "content-type": "application/yaml" };
  await client.call(putWorkflow, { params, raw: definition, headers, signal });
  const { id } = await client.call(runWorkflow, { params, body: { inputs: {} }, signal });
  expect((await ended(id)).status).toBe("failed");
  const { page, complaints, open, close } = await browsers.visit();

  // By keyboard: from a span to the execution of the target and back, then to the log of the step.
  await open(`/executions/${id}`);
  const overTime = page.getByRole("table", { name: "Timeline" });
  // A round of a loop, which the steps no longer tell once it has ended.
  await overTime.getByRole("link", { name: "each[0]/one" }).waitFor();
  await overTime.getByRole("link", { name: "local" }).last().press("Enter");
  await page.waitForURL((url) => url.pathname.startsWith("/executions/") && !url.pathname.endsWith(id));
  await overTime.getByRole("row", { name: /^Run/ }).waitFor();
  await page.goBack();
  await overTime.getByRole("link", { name: "Check" }).press("Enter");
  await page.getByRole("region", { name: "Log of the step" }).getByText("checked").waitFor();
  await page.getByRole("tab", { name: "Events" }).click();
  const events = page.getByRole("region", { name: "Events" });
  await events.getByText("exited with code 3 on local").waitFor();
  expect(await axeViolations(page)).toEqual([]);

  await open(`/executions/${id}`);
  await replay(page, "only what failed");
  await keptAndRun(page);
  await open(`/executions/${id}`);
  await replay(page, "from a step on", "Check");
  await keptAndRun(page);
  await open(`/executions/${id}?tab=events`);
  await expect.poll(() => events.getByText(/ran it again$/).count()).toBe(2);

  await open("/workflows/parts");
  const runs = page.getByRole("table", { name: "Runs" });
  await expect.poll(() => runs.getByRole("checkbox").count()).toBe(3);
  await runs.getByRole("checkbox").first().check();
  await runs.getByRole("checkbox", { name: new RegExp(id) }).check();
  await page.getByRole("link", { name: "Compare the two" }).click();
  await page.waitForURL(new RegExp(`/executions/${id}/compare/exe_`));
  expect(complaints.list()).toEqual([]);
  await close();
}

async function replay(page: Page, part: string, step?: string): Promise<void> {
  const before = page.url();
  await page.getByRole("button", { name: "Replay" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("radio", { name: part }).check();
  if (step !== undefined) await dialog.getByRole("combobox", { name: "Step" }).selectOption(step);
  await dialog.getByRole("button", { name: "Replay" }).click();
  await page.waitForURL((url) => url.pathname.startsWith("/executions/exe_") && url.href !== before);
}

/** What came before is kept and took no time here; what failed ran again. */
async function keptAndRun(page: Page): Promise<void> {
  const steps = page.getByRole("table", { name: "Steps" });
  await steps.getByRole("row", { name: /Build.*kept from the run before/ }).waitFor();
  await steps.getByRole("row", { name: /Check.*failed/ }).waitFor();
  const overTime = page.getByRole("table", { name: "Timeline" });
  await overTime.getByRole("link", { name: "Check" }).waitFor();
  expect(await overTime.getByRole("link", { name: "Build" }).count()).toBe(0);
}
