import { createChannel } from "@pulse/schema/wire/channels";
import { runWorkflow } from "@pulse/schema/wire/workflow-runs";
import { putWorkflow } from "@pulse/schema/wire/workflows";
import { expect } from "vitest";
import { until } from "../platforms/node.ts";
import { axeViolations } from "./axe.ts";
import type { BrowserWorld } from "./browser.ts";
import type { Receiver } from "./trigger-seeds.ts";

/** A message of Slack's form, as far as it is tapped on. */
interface Message {
  blocks: { type: string; elements?: { type: string; url?: string }[] }[];
}

/** A channel tells of a prompt; whoever taps on the message and on an answer has answered, and whoever comes later sees who won. */
export async function answerFromMessage(browsers: BrowserWorld, receiver: Receiver): Promise<void> {
  const { client, signal, url } = browsers.world;
  const settings = { type: "slack" as const, url: `http://${receiver.host}/telephone` };
  await client.call(createChannel, { body: { name: "telephone", settings }, signal });
  const ask = { name: "Sure?", type: "prompt", message: "Reboot all of them?", options: ["Yes", "No"] };
  const steps = [{ ...ask, notify: ["slack:telephone"] }];
  await client.call(putWorkflow, { params: { name: "told" }, raw: JSON.stringify({ steps }), signal });
  const { id } = await client.call(runWorkflow, { params: { name: "told" }, body: {}, signal });
  const [message] = await until("the message comes", async () => {
    const came = receiver.came("/telephone").filter((body) => body.includes("Reboot all of them?"));
    return came.length > 0 ? came.map((body) => JSON.parse(body) as Message) : null;
  });
  const links = message?.blocks.flatMap(({ elements = [] }) => elements.map((one) => one.url ?? "")) ?? [];
  const link = links.find((one) => one.startsWith(`${url}/answer/`));
  if (link === undefined) throw new Error(`no page to answer on is told: ${links}`);

  const telephone = { width: 320, height: 568 };
  const [first, second] = [await browsers.visit(telephone), await browsers.visit(telephone)];
  // The first tap is on the message, the second on the answer.
  for (const { page } of [first, second]) {
    await page.goto(link);
    await page.getByText("Reboot all of them?").waitFor();
  }
  await first.page.getByRole("button", { name: "Yes" }).click();
  await first.page.getByText("admin has answered: Yes").waitFor();
  expect(await axeViolations(first.page)).toEqual([]);
  second.complaints.expect(/409/);
  await second.page.getByRole("button", { name: "No", exact: true }).click();
  await second.page.getByText("admin has answered: Yes").waitFor();
  expect(await axeViolations(second.page)).toEqual([]);
  expect((await browsers.world.ended(id)).status).toBe("succeeded");
  for (const { complaints, close } of [first, second]) {
    expect(complaints.list()).toEqual([]);
    await close();
  }
}
