import { createKey } from "@pulse/schema/wire/auth";
import { createChannelRule } from "@pulse/schema/wire/channel-rules";
import { createChannel } from "@pulse/schema/wire/channels";
import { testWebhook } from "@pulse/schema/wire/deliveries";
import { emitEvent } from "@pulse/schema/wire/emit";
import { createUser } from "@pulse/schema/wire/people";
import { patchRunner } from "@pulse/schema/wire/runners";
import { changeSchedule, createSchedule } from "@pulse/schema/wire/schedules";
import { createWebhook } from "@pulse/schema/wire/webhooks";
import { respond, runWorkflow } from "@pulse/schema/wire/workflow-runs";
import { putWorkflow } from "@pulse/schema/wire/workflows";
import { until } from "../platforms/node.ts";
import type { World } from "../world.ts";
import { payloads } from "./payloads.ts";
import { callWith } from "./seeds.ts";
import type { Receiver } from "./trigger-seeds.ts";

const all = payloads.join("\n");
const line = all.replaceAll(/\s/g, " ");

/** Says what it is given, in its log, its headers and its answer, and fails with it when asked. */
const parrot = `export default async (request) => {
  const { texts, fails } = await request.json();
  for (const text of texts) { console.log(text); console.error(text); }
  if (fails) throw new Error(texts.join("\\n")); // </script><img src=x onerror=globalThis.pulseOwned()>
  return new Response(texts.join("\\n"), { headers: { "content-type": "text/html", "x-said": encodeURIComponent(texts[0]) } });
};
`;

/** Stores every payload wherever a text of somebody's own is kept, and returns the addresses of the pages that show them. */
export async function storePayloads(world: World, receiver: Receiver): Promise<string[]> {
  const { client, signal } = world;
  await world.deploy(
    "parrot",
    { "index.ts": parrot, "a <img src=x onerror=pulseOwned()>.ts": "" },
    { message: all.slice(0, 500) },
  );
  const said = await callWith(world, "parrot", { texts: payloads });
  const failed = await callWith(world, "parrot", { texts: payloads, fails: true });
  for (const text of payloads) await callWith(world, "parrot", { texts: [text], fails: true });

  // One page with each payload by itself as a description, one with all of them in each place of a run.
  for (const [i, text] of payloads.entries()) {
    const definition = {
      description: text,
      steps: [{ name: text.slice(0, 100), type: "wait", duration: "1s" }],
    };
    await client.call(putWorkflow, { params: { name: `w${i}` }, body: definition, signal });
  }
  const asking = {
    description: all,
    inputs: { who: { type: "string", title: payloads[1], description: payloads[2] } },
    steps: [
      {
        name: payloads[0],
        type: "execute",
        targets: ["local"],
        env: { SAID: `\${{ inputs.who }}` },
        command: 'echo "$SAID"; echo "$SAID" >&2',
      },
      {
        name: payloads[3],
        type: "prompt",
        message: all.slice(0, 4000),
        options: [payloads[4], payloads[1]],
        form: { note: { type: "string", title: payloads[2], description: payloads[5] } },
      },
      { name: payloads[6], type: "execute", targets: ["local"], command: "exit 3" },
    ],
    outputs: { who: "inputs.who" },
  };
  const params = { name: "asking" };
  await client.call(putWorkflow, { params, body: asking, signal });
  await client.call(putWorkflow, { params, body: { ...asking, description: payloads[2] }, signal });
  const runs: string[] = [];
  for (let i = 0; i < 2; i += 1) {
    const { id } = await client.call(runWorkflow, { params, body: { inputs: { who: line } }, signal });
    const asked = async () => (await world.execution(id)).run?.prompts.length || null;
    await until("the run asks", asked, undefined, 60_000);
    runs.push(id);
  }
  const [answered = "", waiting = ""] = runs;
  const body = {
    response: payloads[4] ?? "",
    form: { note: line.slice(0, 4000) },
    comment: all.slice(0, 9000),
  };
  await client.call(respond, { params: { id: answered }, body, signal });
  await world.ended(answered);

  const labels = Object.fromEntries(payloads.map((text, i) => [`l${i}`, text.slice(0, 63)]));
  await client.call(patchRunner, { params: { name: "local" }, body: { labels }, signal });
  await client.call(createUser, {
    body: { username: "mallory", name: payloads[1], password: "a long enough password 1" },
    signal,
  });
  await client.call(createKey, { body: { name: "mallory", scopes: ["read"] }, signal });
  await client.call(emitEvent, { params: { name: "said" }, body: { data: payloads }, signal });

  const target = { function: "parrot", input: { texts: payloads } };
  const hook = await client.call(createWebhook, {
    body: { name: "said", provider: "standard", target },
    signal,
  });
  const { delivery } = await client.call(testWebhook, {
    params: { id: hook.id },
    body: { payload: { texts: payloads }, event: payloads[1]?.slice(0, 100) ?? "" },
    signal,
  });
  const schedule = await client.call(createSchedule, { body: { name: "said", target, every: "1h" }, signal });
  await client.call(changeSchedule, {
    params: { id: schedule.id },
    body: { enabled: false, reason: all.slice(0, 500) },
    signal,
  });
  const settings = { type: "webhook" as const, url: `http://${receiver.host}/messages` };
  const channel = await client.call(createChannel, { body: { name: "said", settings }, signal });
  const template = { title: payloads[1] ?? "", text: all.slice(0, 3000) };
  await client.call(createChannelRule, {
    params: { id: channel.id },
    body: {
      name: "said",
      events: ["failed"],
      filter: "event != '<img src=x onerror=pulseOwned()>'",
      template,
    },
    signal,
  });
  const execution = (id: string, tab?: string) =>
    `/executions/${id}${tab === undefined ? "" : `?tab=${tab}`}`;
  return [
    "/",
    "/functions",
    "/functions/parrot",
    "/functions/parrot?tab=versions",
    "/executions",
    execution(said),
    execution(said, "input"),
    execution(said, "result"),
    execution(said, "details"),
    execution(failed),
    execution(failed, "details"),
    "/workflows",
    "/workflows/w1",
    "/workflows/asking",
    "/workflows/asking?tab=definition",
    "/workflows/asking?tab=revisions",
    execution(answered),
    execution(waiting),
    "/inbox",
    "/runners",
    "/runners/local",
    "/runners/_console?targets=%3Cimg%20src%3Dx%20onerror%3DpulseOwned()%3E",
    "/triggers",
    `/triggers/webhooks/${hook.id}`,
    `/triggers/webhooks/${hook.id}?delivery=${delivery}`,
    "/triggers?tab=schedules",
    `/triggers/schedules/${schedule.id}`,
    "/triggers?tab=channels",
    `/triggers/channels/${channel.id}`,
    "/settings",
    "/settings/keys",
    "/settings/people",
    "/settings/audit",
    "/settings/usage",
    `/executions?name=${encodeURIComponent(payloads[1] ?? "")}`,
    `/functions/${encodeURIComponent(payloads[2] ?? "")}`,
    `/workflows/${encodeURIComponent(payloads[1] ?? "")}`,
    `/executions/${encodeURIComponent(payloads[1] ?? "")}`,
  ];
}
