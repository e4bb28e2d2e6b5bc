import type { Page } from "playwright-core";
import { expect } from "vitest";
import { axeViolations } from "./axe.ts";
import type { BrowserWorld } from "./browser.ts";
import { type Receiver, receiverSays } from "./trigger-seeds.ts";

/** A webhook, a schedule or a channel is made and used in a browser, as one person would in one visit. */
export async function makeAndUse(
  browsers: BrowserWorld,
  receiver: Receiver,
  what: "webhook" | "schedule" | "channel",
): Promise<void> {
  const { page, complaints, open, close } = await browsers.visit();
  // A cron expression that is none.
  complaints.expect(/422/);
  await open("/functions");
  await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Triggers" }).click();
  if (what === "webhook") await useWebhook(page);
  else if (what === "schedule") await useSchedule(page);
  else await useChannel(page, receiver);
  expect(complaints.list()).toEqual([]);
  await close();
}

async function useWebhook(page: Page): Promise<void> {
  await page.getByRole("button", { name: "New webhook" }).first().click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("textbox", { name: "Name", exact: true }).fill("shop");
  await dialog.getByRole("combobox", { name: "Provider" }).selectOption({ label: "Standard Webhooks" });
  await dialog.getByRole("textbox", { name: "Name of what is started" }).fill("greet");
  await dialog.getByRole("textbox", { name: "Input" }).fill("{");
  await dialog.getByRole("button", { name: "Create" }).click();
  await dialog.getByText("This is not JSON").waitFor();
  await dialog.getByRole("textbox", { name: "Input" }).fill('{"name": "Ada"}');
  expect(await axeViolations(page)).toEqual([]);
  await dialog.getByRole("button", { name: "Create" }).click();
  const secret = await dialog.getByRole("region", { name: "Secret" }).textContent();
  expect(secret).toMatch(/^whsec_/);
  await dialog.getByRole("link", { name: "Go to the webhook" }).click();
  await page.getByRole("heading", { name: "shop", level: 1 }).waitFor();
  await page.getByText("Nothing was delivered yet.").waitFor();

  await page.getByRole("button", { name: "Send a sample" }).click();
  const deliveries = page.getByRole("table", { name: "Deliveries" });
  await deliveries.getByRole("button", { name: /^Show/ }).click();
  const shown = page.getByRole("region", { name: "Delivery", exact: true });
  await shown.getByRole("region", { name: "Body" }).waitFor();
  await shown.getByText("Headers").click();
  await shown.getByText("webhook-id", { exact: true }).waitFor();
  await shown.getByRole("button", { name: "Send again" }).click();
  await deliveries.getByText("sent again").waitFor();
  await shown.getByText("succeeded").waitFor();

  await page.getByRole("button", { name: "Edit" }).click();
  await dialog.getByRole("textbox", { name: "Name of what is started" }).waitFor();
  expect(await dialog.getByRole("textbox", { name: "Name of what is started" }).inputValue()).toBe("greet");
  await dialog.getByRole("textbox", { name: "Only when" }).fill("payload.paid === true");
  await dialog.getByText("More settings").click();
  await dialog.getByRole("textbox", { name: "A signature's time" }).fill("2m");
  expect(await axeViolations(page)).toEqual([]);
  await dialog.getByRole("button", { name: "Save" }).click();
  await page.getByText("payload.paid === true").waitFor();
  await page.getByRole("button", { name: "Keep the next one" }).click();
  await page.getByText("Keeps the next one until").waitFor();
  await page.getByRole("button", { name: "Send a sample" }).click();
  await deliveries.getByText("captured").waitFor();
  await page.getByRole("button", { name: "Send again since…" }).click();
  await dialog.getByText("There is none.").waitFor();
  await dialog.getByRole("combobox", { name: "Result" }).selectOption({ label: "captured" });
  await dialog.getByText("1 delivery is sent again").waitFor();
  expect(await axeViolations(page)).toEqual([]);
  await dialog.getByRole("button", { name: "Send again" }).click();
  await deliveries.getByText("filtered").waitFor();

  await page.getByRole("button", { name: "Rotate the secret" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Rotate the secret" }).click();
  const next = await page.getByRole("dialog").getByRole("region", { name: "Secret" }).textContent();
  expect(next).toMatch(/^whsec_/);
  expect(next).not.toBe(secret);
  await page.keyboard.press("Escape");
  await page.getByText("Old secret until").waitFor();
  await page.getByRole("button", { name: "Disable" }).click();
  await page.getByText("disabled", { exact: true }).waitFor();
}

async function useSchedule(page: Page): Promise<void> {
  await page.getByRole("tab", { name: "Schedules" }).click();
  await page.getByRole("button", { name: "New schedule" }).first().click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("textbox", { name: "Name", exact: true }).fill("morning");
  await dialog.getByRole("textbox", { name: "Cron expression" }).fill("every day");
  await dialog.getByRole("textbox", { name: "Time zone" }).fill("Asia/Kathmandu");
  await dialog.getByRole("textbox", { name: "Name of what is started" }).fill("greet");
  await dialog.getByRole("button", { name: "Create" }).click();
  await dialog.getByRole("alert").waitFor();
  await dialog.getByRole("textbox", { name: "Cron expression" }).fill("0 7 * * *");
  await dialog.getByText("It would come at these times").click();
  await dialog
    .getByText(/, 07:00:00$/)
    .first()
    .waitFor();
  await dialog.getByRole("button", { name: "Create" }).click();
  await page.getByRole("heading", { name: "morning", level: 1 }).waitFor();
  const next = page.getByRole("table", { name: "Next" });
  await next.getByRole("columnheader", { name: "Asia/Kathmandu", exact: true }).waitFor();
  await next.getByRole("columnheader", { name: /^Your time/ }).waitFor();
  await next
    .getByText(/, 07:00:00$/)
    .first()
    .waitFor();

  await page.getByRole("button", { name: "Edit" }).click();
  await dialog.getByRole("radio", { name: "Every so often" }).check();
  await dialog.getByRole("textbox", { name: "Every so often" }).fill("6h");
  await dialog
    .getByRole("combobox", { name: "While the one before" })
    .selectOption({ label: "run beside it" });
  expect(await axeViolations(page)).toEqual([]);
  await dialog.getByRole("button", { name: "Save" }).click();
  const about = page.getByRole("region", { name: "About" });
  await about.getByText("run beside it").waitFor();
  await about.getByText(/^every 6/).waitFor();

  await page.getByRole("button", { name: "Run now" }).click();
  await page.getByRole("table", { name: "What became of it" }).getByText("succeeded").waitFor();
  await page.getByRole("button", { name: "Pause" }).click();
  await page.getByRole("dialog").getByRole("textbox", { name: "Reason" }).fill("the shop is closed");
  await page.keyboard.press("Enter");
  await page.getByText("the shop is closed").waitFor();
  await page.getByText("these do not come until it is resumed").waitFor();
  await page.getByRole("button", { name: "Resume" }).click();
  await page.getByText("the shop is closed").waitFor({ state: "detached" });
}

async function useChannel(page: Page, receiver: Receiver): Promise<void> {
  await page.getByRole("tab", { name: "Channels" }).click();
  await page.getByRole("button", { name: "New channel" }).first().click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("textbox", { name: "Name", exact: true }).fill("pager");
  await dialog.getByRole("combobox", { name: "Kind" }).selectOption("webhook");
  await dialog.getByRole("textbox", { name: "URL" }).fill(`http://${receiver.host}/pager`);
  await dialog.getByRole("button", { name: "Create" }).click();
  await dialog.getByRole("region", { name: "Secret" }).waitFor();
  await dialog.getByRole("link", { name: "Go to the channel" }).click();
  await page.getByRole("heading", { name: "pager", level: 1 }).waitFor();

  await page.getByRole("button", { name: "Send a test" }).click();
  const answer = page.getByRole("region", { name: "What the receiver answered" });
  await answer.getByText(receiverSays).waitFor();
  await answer.getByText("202").waitFor();
  await page.getByRole("table", { name: "Messages" }).getByText("delivered").waitFor();

  await page.getByRole("button", { name: "Add a rule" }).click();
  await dialog.getByRole("textbox", { name: "Name", exact: true }).fill("trouble");
  await dialog.getByRole("button", { name: "Create" }).click();
  await dialog.getByText("Choose at least one.").waitFor();
  await dialog.getByRole("checkbox", { name: "failures" }).check();
  await dialog.getByRole("button", { name: "Create" }).click();
  const rules = page.getByRole("table", { name: "Rules" });
  await rules.getByText("failures").waitFor();
  await rules.getByRole("button", { name: "Edit: trouble" }).click();
  await dialog.getByRole("checkbox", { name: "recoveries" }).check();
  await dialog.getByText("More settings").click();
  await dialog.getByRole("textbox", { name: "Tell together" }).fill("15m");
  await dialog.getByLabel("From").fill("22:00");
  await dialog.getByRole("button", { name: "Save" }).click();
  await dialog.getByText("Quiet hours have a beginning and an end.").waitFor();
  await dialog.getByLabel("To", { exact: true }).fill("07:00");
  expect(await axeViolations(page)).toEqual([]);
  await dialog.getByRole("button", { name: "Save" }).click();
  await rules.getByText("failures, recoveries").waitFor();
  await rules.getByText(/quiet from 22:00 to 07:00/).waitFor();
  await page.getByRole("button", { name: "Change the settings" }).click();
  await dialog.getByRole("textbox", { name: "URL" }).fill(`http://${receiver.host}/other`);
  await dialog.getByRole("button", { name: "Save" }).click();
  await dialog.getByRole("region", { name: "Secret" }).waitFor();
  await page.keyboard.press("Escape");
  await rules.getByRole("button", { name: "Disable: trouble" }).click();
  await rules.getByText("disabled", { exact: true }).waitFor();
  expect(await axeViolations(page)).toEqual([]);
}
