import { readFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import * as deliveries from "@pulse/schema/wire/deliveries";
import * as wire from "@pulse/schema/wire/webhooks";
import type { Command } from "commander";
import { fill } from "../messages/say.ts";
import { run, type Session } from "../session.ts";
import { table } from "../table.ts";
import { timeOf } from "../time-of.ts";
import { UsageError } from "../usage.ts";
import { secretOf, type WebhookOptions, webhookOf } from "./webhook-options.ts";

const captureLookMs = 1000;
const collect = (value: string, before: string[]) => [...before, value];

/** Adds `webhook list|create|show|setup|deliveries|resend|capture|test|rotate|enable|disable|delete`. */
export function addWebhook(program: Command): void {
  const group = program.command("webhook").description("addresses that providers deliver to, and their log");
  addKeeping(group);
  addLog(group);
}

function addKeeping(group: Command): void {
  group
    .command("list")
    .description("webhooks, what they start, and when they last heard something")
    .action(
      run(async ({ client, answer, messages, signal }) => {
        const list = await client.call(wire.listWebhooks, { query: { limit: 200 }, signal });
        const rows = list.items.map((one) => [
          ...[
            one.name,
            one.provider,
            targetOf(one.target),
            one.enabled ? (one.lastDeliveryAt ?? "") : "disabled",
          ],
          one.url,
        ]);
        const head = ["NAME", "PROVIDER", "STARTS", "LAST", "URL"];
        answer(list, () => (rows.length === 0 ? messages.none : table([head, ...rows])));
      }),
    );
  group
    .command("create <name>")
    .description("make an address; a secret that is made here is shown once")
    .requiredOption("--provider <name>", wire.providers.join(", "))
    .option("--function <name>", "the function that it starts, also name@version")
    .option("--workflow <name>", "the workflow that it starts, also name@revision")
    .option(
      "--input <name=value>",
      "an input; its text may have templates of the payload; may be repeated",
      collect,
      [],
    )
    .option("--filter <expression>", "what starts something, such as \"event === 'push'\"")
    .option("--secret-file <path>", "the secret, where it is not to be made; - is standard input")
    .option("--tolerance <duration>", "how far the time of a signature may be away, 5m unless said")
    .option("--max-bytes <count>", "of a body, 1 MiB unless said")
    .option("--per-minute <count>", "deliveries that are taken")
    .option(
      "--hmac <name=value>",
      "of the provider hmac: header, algorithm, encoding, prefix, signed, …; may be repeated",
      collect,
      [],
    )
    .action(
      run(async (session, command) => {
        const { client, answer, line, messages, signal } = session;
        const body = await webhookOf(session, command.args[0] ?? "", command.opts<WebhookOptions>());
        const made = await client.call(wire.createWebhook, { body, signal });
        const { text } = await client.call(wire.setUpWebhook, { params: { id: made.id }, signal });
        answer(made, () => [made.url, ...(made.secret === undefined ? [] : [made.secret])].join("\n"));
        if (made.secret !== undefined) line(messages.whSecretOnce);
        line(`\n${text}`);
      }),
    );
  group
    .command("show <webhook>")
    .description("one webhook with its settings")
    .action(
      run(async ({ client, answer, signal }, { args }) => {
        const one = await client.call(wire.getWebhook, { params: { id: args[0] ?? "" }, signal });
        answer(one, () => JSON.stringify(one, null, 2));
      }),
    );
  group
    .command("setup <webhook>")
    .description("what to type where at the provider")
    .action(
      run(async ({ client, answer, signal }, { args }) => {
        const one = await client.call(wire.setUpWebhook, { params: { id: args[0] ?? "" }, signal });
        answer(one, () => one.text);
      }),
    );
  group
    .command("rotate <webhook>")
    .description("another secret; the present one counts beside it for a while")
    .option("--secret-file <path>", "the secret, where it is not to be made; - is standard input")
    .option("--overlap <duration>", "how long the present one counts too, 24h unless said")
    .action(
      run(async (session, command) => {
        const { client, answer, line, note, messages, signal } = session;
        const { secretFile, overlap } = command.opts<{ secretFile?: string; overlap?: string }>();
        const params = { id: command.args[0] ?? "" };
        const { name, provider } = await client.call(wire.getWebhook, { params, signal });
        const secret = await secretOf(session, provider, secretFile);
        const body = {
          ...(secret === undefined ? {} : { secret }),
          ...(overlap === undefined ? {} : { overlap }),
        };
        const made = await client.call(wire.rotateWebhook, { params, body, signal });
        answer(made, () => made.secret ?? "");
        if (made.secret !== undefined) line(messages.whSecretOnce);
        if (made.oldSecretUntil !== null) note("whRotated", { name, until: made.oldSecretUntil });
      }),
    );
  for (const [verb, description] of [
    ["enable", "let it take deliveries again"],
    ["disable", "let it refuse every delivery"],
  ] as const) {
    group
      .command(`${verb} <webhook>`)
      .description(description)
      .action(
        run(async ({ client, answer, signal }, { args }) => {
          const body = { enabled: verb === "enable" };
          const one = await client.call(wire.changeWebhook, { params: { id: args[0] ?? "" }, body, signal });
          answer(one, () => "");
        }),
      );
  }
  group
    .command("delete <webhook>")
    .description("delete it with its secret and its log; what it started stays")
    .action(
      run(async ({ client, note, signal }, { args }) => {
        const id = args[0] ?? "";
        await client.call(wire.deleteWebhook, { params: { id }, signal });
        note("deleted", { name: id });
      }),
    );
}

function addLog(group: Command): void {
  group
    .command("deliveries <webhook> [delivery]")
    .description("what came and what became of it, newest first; or one with its request")
    .option("--status <status>", deliveries.deliveryStatuses.join(", "))
    .option("--since <time>", "RFC 3339, or how long ago")
    .option("--limit <count>", "at most so many, 50 unless said")
    .action(
      run(async (session, command) => {
        const { client, answer, messages, signal } = session;
        const [id = "", delivery] = command.args;
        if (delivery !== undefined) {
          const one = await client.call(deliveries.getDelivery, { params: { id, delivery }, signal });
          return answer(one, () => requestText(one));
        }
        const { status, since, limit } = command.opts<{ status?: string; since?: string; limit?: string }>();
        const query = {
          ...(status === undefined ? {} : { status: statusOf(session, status) }),
          ...(since === undefined ? {} : { since: timeOf(since, messages) }),
          ...(limit === undefined ? {} : { limit: Number(limit) }),
        };
        const list = await client.call(deliveries.listDeliveries, { params: { id }, query, signal });
        answer(list, () => (list.items.length === 0 ? messages.none : logOf(list.items)));
      }),
    );
  group
    .command("resend <webhook> [delivery]")
    .description("run a delivery again, or with --since all of them in their order")
    .option("--since <time>", "RFC 3339, or how long ago")
    .option("--status <status>", deliveries.deliveryStatuses.join(", "))
    .action(
      run(async (session, command) => {
        const { client, answer, messages, signal } = session;
        const [id = "", delivery] = command.args;
        const { since, status } = command.opts<{ since?: string; status?: string }>();
        if ((delivery === undefined) === (since === undefined)) throw new UsageError(messages.whOneOrSince);
        if (delivery !== undefined) {
          const one = await client.call(deliveries.resendDelivery, { params: { id, delivery }, signal });
          return answer(one, () => logOf([one]));
        }
        const body = {
          since: timeOf(since ?? "", messages),
          ...(status === undefined ? {} : { status: statusOf(session, status) }),
        };
        const items = await resentSince(session, id, body);
        answer({ items, nextCursor: null }, () => (items.length === 0 ? messages.none : logOf(items)));
      }),
    );
  group
    .command("capture <webhook>")
    .description("wait for the next delivery, which starts nothing, and show it")
    .action(
      run(async (session, { args }) => {
        const one = await captured(session, args[0] ?? "");
        session.answer(one, () => requestText(one));
      }),
    );
  group
    .command("test <webhook>")
    .description("deliver a sample that is signed as the provider would; it runs")
    .option("--event <name>", "what happened")
    .option("--payload <file>", "JSON in place of the sample's own")
    .action(
      run(async ({ client, answer, messages, signal }, command) => {
        const { event, payload } = command.opts<{ event?: string; payload?: string }>();
        const body = {
          ...(event === undefined ? {} : { event }),
          ...(payload === undefined ? {} : { payload: readJson(payload, messages.noFile) }),
        };
        const params = { id: command.args[0] ?? "" };
        const told = await client.call(deliveries.testWebhook, { params, body, signal });
        answer(told, () => [told.status, told.delivery, told.executionId ?? ""].join(" ").trim());
      }),
    );
}

async function resentSince(
  { client, signal }: Session,
  id: string,
  body: { since: string; status?: (typeof deliveries.deliveryStatuses)[number] },
): Promise<deliveries.DeliveryView[]> {
  const items: deliveries.DeliveryView[] = [];
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const asked = { ...body, ...(cursor === undefined ? {} : { cursor }) };
    const page = await client.call(deliveries.resendSince, { params: { id }, body: asked, signal });
    items.push(...page.items);
    cursor = page.nextCursor;
  }
  return items;
}

async function captured({ client, line, messages, signal }: Session, id: string) {
  const params = { id };
  const asked = await client.call(wire.captureWebhook, { params, signal });
  const query = { status: "captured" as const, since: asked.updatedAt, limit: 1 };
  line(fill(messages.whCapturing, { url: asked.url }));
  for (;;) {
    const { items } = await client.call(deliveries.listDeliveries, { params, query, signal });
    const [one] = items;
    if (one !== undefined) {
      return await client.call(deliveries.getDelivery, { params: { id, delivery: one.id }, signal });
    }
    await pause(captureLookMs, undefined, { signal });
  }
}

function statusOf({ messages }: Session, text: string): (typeof deliveries.deliveryStatuses)[number] {
  const status = deliveries.deliveryStatuses.find((one) => one === text);
  if (status !== undefined) return status;
  throw new UsageError(fill(messages.whStatus, { known: deliveries.deliveryStatuses.join(", ") }));
}

function readJson(file: string, message: string) {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    throw new UsageError(fill(message, { file }));
  }
}

function targetOf(target: wire.WebhookTarget): string {
  return "function" in target ? target.function : `workflow ${target.workflow}`;
}

function logOf(items: readonly deliveries.DeliveryView[]): string {
  const rows = items.map((one) => [
    ...[one.id, one.receivedAt, one.event ?? "", one.status, one.executionId ?? ""],
    one.error ?? one.executionStatus ?? "",
  ]);
  return table([["DELIVERY", "AT", "EVENT", "STATUS", "EXECUTION", ""], ...rows]);
}

function requestText({ headers, body, base64 }: Awaited<ReturnType<typeof captured>>): string {
  return [...headers.map(([name, value]) => `${name}: ${value}`), "", body ?? base64 ?? ""].join("\n");
}
