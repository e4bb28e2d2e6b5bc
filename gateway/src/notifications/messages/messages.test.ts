import fc from "fast-check";
import { Webhook } from "standardwebhooks";
import { describe, expect, test } from "vitest";
import { digestOf } from "./digest.ts";
import { discordMessage } from "./discord.ts";
import { emailMessage } from "./email.ts";
import type { Level, Notification } from "./notification.ts";
import { ntfyMessage } from "./ntfy.ts";
import { slackMessage } from "./slack.ts";
import { teamsMessage } from "./teams.ts";
import { telegramMessage } from "./telegram.ts";
import { verdictOf } from "./verdict.ts";
import { webhookMessage } from "./webhook.ts";

const at = Date.UTC(2026, 10, 21, 20, 0, 0);
const news: Notification = {
  ...{
    event: "failed",
    level: "bad",
    project: "default",
    title: "nightly failed",
    text: "exit code <1> & *more*",
  },
  facts: [{ name: "Status", value: "timed_out" }],
  lines: [],
  links: [{ text: "Open the execution", url: "https://pulse.example.test/executions/exe_1?a=1&b=2" }],
  at,
  data: { execution: { id: "exe_1" } },
};
const place = { server: "https://api.telegram.org", token: "1:t", chat: "-100", thread: null };
const topic = { server: "https://ntfy.sh", topic: "ops", token: "tk" };
const url = "https://hooks.example.test/x";
const signed = { url, secrets: [`whsec_${btoa("0123456789abcdef0123456789abcdef")}`] };

test("Slack gets blocks in which nothing mentions anybody, and a fallback", () => {
  expect(JSON.parse(slackMessage(url, news).body)).toEqual({
    ...{ unfurl_links: false, unfurl_media: false },
    text: "nightly failed\nexit code &lt;1&gt; &amp; *more*\nOpen the execution: https://pulse.example.test/executions/exe_1?a=1&amp;b=2",
    blocks: [
      { type: "header", text: { type: "plain_text", text: "nightly failed", emoji: false } },
      {
        type: "section",
        text: { type: "mrkdwn", text: "exit code &lt;1&gt; &amp; *more*", verbatim: true },
      },
      { type: "section", fields: [{ type: "mrkdwn", text: "*Status*\ntimed_out", verbatim: true }] },
      {
        type: "actions",
        elements: [
          {
            type: "button",
            text: { type: "plain_text", text: "Open the execution", emoji: false },
            url: "https://pulse.example.test/executions/exe_1?a=1&b=2",
          },
        ],
      },
    ],
  });
});

test("Discord gets one embed with its Markdown escaped, which mentions nobody", () => {
  expect(JSON.parse(discordMessage(url, news).body)).toEqual({
    embeds: [
      {
        title: "nightly failed",
        description:
          "exit code \\<1\\> & \\*more\\*\n\n[Open the execution](https://pulse.example.test/executions/exe_1?a=1&b=2)",
        url: "https://pulse.example.test/executions/exe_1?a=1&b=2",
        color: 0xc6_28_28,
        timestamp: "2026-11-21T20:00:00.000Z",
        fields: [{ name: "Status", value: "timed\\_out", inline: true }],
      },
    ],
    allowed_mentions: { parse: [] },
  });
});

test("Telegram gets HTML with its marks escaped, to a chat or a topic of it", () => {
  const { url: to, body } = telegramMessage({ ...place, thread: 7 }, news);
  expect(to).toBe("https://api.telegram.org/bot1:t/sendMessage");
  expect(JSON.parse(body)).toEqual({
    ...{ chat_id: "-100", message_thread_id: 7, parse_mode: "HTML", disable_notification: false },
    text: '<b>nightly failed</b>\n\nexit code &lt;1&gt; &amp; *more*\n\nStatus: timed_out\n\n<a href="https://pulse.example.test/executions/exe_1?a=1&amp;b=2">Open the execution</a>',
    link_preview_options: { is_disabled: true },
  });
});

test("ntfy gets JSON with a priority, a click and buttons, and the token where there is one", () => {
  const { url: to, headers, body } = ntfyMessage(topic, news);
  expect([to, headers]).toEqual([
    "https://ntfy.sh/",
    [
      ["content-type", "application/json"],
      ["authorization", "Bearer tk"],
    ],
  ]);
  const link = "https://pulse.example.test/executions/exe_1?a=1&b=2";
  expect(JSON.parse(body)).toEqual({
    ...{ topic: "ops", title: "nightly failed", priority: 4, tags: ["rotating_light"], click: link },
    message: "exit code <1> & *more*\nStatus: timed_out",
    actions: [{ action: "view", label: "Open the execution", url: link }],
  });
  expect(ntfyMessage({ ...topic, token: null }, news).headers.length).toBe(1);
});

test("Teams gets an adaptive card of runs of text", () => {
  expect(JSON.parse(teamsMessage(url, news).body)).toMatchObject({
    type: "message",
    attachments: [
      {
        contentType: "application/vnd.microsoft.card.adaptive",
        content: {
          ...{ type: "AdaptiveCard", version: "1.4" },
          body: [
            {
              type: "RichTextBlock",
              inlines: [{ text: "nightly failed", weight: "bolder", color: "attention" }],
            },
            { type: "RichTextBlock", inlines: [{ type: "TextRun", text: "exit code <1> & *more*" }] },
            { type: "RichTextBlock", inlines: [{ text: "Status: " }, { text: "timed_out" }] },
          ],
          actions: [{ type: "Action.OpenUrl", title: "Open the execution" }],
        },
      },
    ],
  });
});

test("a webhook gets what Standard Webhooks verifies, with the same id on every try", () => {
  const { headers, body } = webhookMessage(signed, news, { id: "ntf_1", now: Date.now() });
  const given = Object.fromEntries(headers);
  expect(given["webhook-id"]).toBe("msg_ntf_1");
  expect(new Webhook(signed.secrets[0] ?? "").verify(body, given)).toMatchObject({
    type: "notification.failed",
    data: { title: "nightly failed", execution: { id: "exe_1" } },
  });
});

test("a mail has one line for its subject, text, and HTML that loads nothing", () => {
  const odd = { ...news, title: "a\r\nBcc: x@example.test", lines: [{ text: "<b>", url: "javascript:1" }] };
  const mail = emailMessage(["ops@example.test"], odd, { id: "ntf_1", host: "pulse.example.test" });
  expect(mail.subject).toBe("[default] a Bcc: x@example.test");
  expect(mail.messageId).toBe("<ntf_1@pulse.example.test>");
  expect(mail.text).toContain("Open the execution: https://pulse.example.test/executions/exe_1?a=1&b=2");
  expect(mail.html).toContain("<li>&lt;b&gt;</li>");
  expect(mail.html).toContain('<a href="https://pulse.example.test/executions/exe_1?a=1&amp;b=2">');
});

const text = (maxLength: number) =>
  fc.oneof(
    fc.string({ maxLength, unit: "binary" }),
    fc
      .constantFrom("<", "&", "\\", "💥", "\u202e", '"', "\n", "_")
      .chain((one) => fc.nat({ max: maxLength }).map((times) => one.repeat(times))),
  );
const anyUrl = fc.nat({ max: 900 }).map((length) => `https://pulse.example.test/x?a=(${"&".repeat(length)})`);
const anything: fc.Arbitrary<Notification> = fc.record({
  event: fc.constant("failed"),
  level: fc.constantFrom<Level>("good", "info", "warning", "bad"),
  project: fc.constant("default"),
  title: text(1000),
  text: text(20_000),
  facts: fc.array(fc.record({ name: text(400), value: text(3000) }), { maxLength: 40 }),
  lines: fc.array(fc.record({ text: text(800), url: fc.option(anyUrl) }), { maxLength: 120 }),
  links: fc.array(fc.record({ text: text(200), url: anyUrl }), { maxLength: 3 }),
  at: fc.constant(at),
  data: fc.constant({}),
});

describe("whatever is said keeps the limits of", () => {
  const keeps = (check: (news: Notification) => void) =>
    fc.assert(fc.property(anything, check), { numRuns: 150 });

  test("Slack", () => {
    keeps((one) => {
      const { text: fallback, blocks } = JSON.parse(slackMessage(url, one).body);
      expect(fallback.length).toBeLessThanOrEqual(3000);
      expect(blocks.length).toBeLessThanOrEqual(50);
      for (const block of blocks) {
        expect(block.text?.text?.length ?? 0).toBeLessThanOrEqual(block.type === "header" ? 150 : 3000);
        expect(block.fields?.length ?? 0).toBeLessThanOrEqual(10);
        for (const field of block.fields ?? []) expect(field.text.length).toBeLessThanOrEqual(2000);
        for (const button of block.elements ?? []) expect(button.text.text.length).toBeLessThanOrEqual(75);
      }
    });
  });

  test("Discord", () => {
    keeps((one) => {
      const [embed] = JSON.parse(discordMessage(url, one).body).embeds;
      expect(embed.title.length).toBeLessThanOrEqual(256);
      expect(embed.description?.length ?? 0).toBeLessThanOrEqual(4096);
      expect(embed.fields?.length ?? 0).toBeLessThanOrEqual(25);
      let total = embed.title.length + (embed.description?.length ?? 0);
      for (const { name, value } of embed.fields ?? []) {
        expect([name.length <= 256, value.length <= 1024, name !== "", value !== ""]).not.toContain(false);
        total += name.length + value.length;
      }
      expect(total).toBeLessThanOrEqual(6000);
    });
  });

  test("Telegram, its tags closed", () => {
    keeps((one) => {
      const { text: html } = JSON.parse(telegramMessage(place, one).body);
      const shown = html.replace(/<\/?(b|a)( href="[^"<>]*")?>/g, "").replace(/&(lt|gt|amp|quot);/g, "x");
      expect(shown).not.toMatch(/[<>&]/);
      expect(shown.length).toBeLessThanOrEqual(4096);
      expect((html.match(/<[ab][ >]/g) ?? []).length).toBe((html.match(/<\/[ab]>/g) ?? []).length);
    });
  });

  test("ntfy", () => {
    keeps((one) => {
      const { message, title, actions = [] } = JSON.parse(ntfyMessage(topic, one).body);
      expect(new TextEncoder().encode(message).length).toBeLessThanOrEqual(4096);
      expect(message).not.toBe("");
      expect([title.length <= 250, actions.length <= 3]).toEqual([true, true]);
    });
  });

  test("Teams", () => {
    keeps((one) => {
      expect(new TextEncoder().encode(teamsMessage(url, one).body).length).toBeLessThanOrEqual(28_000);
    });
  });

  test("mail", () => {
    keeps((one) => {
      const { subject } = emailMessage(["a@example.test"], one, { id: "ntf_1", host: "h" });
      expect(subject.length).toBeLessThanOrEqual(180);
      expect(subject).not.toMatch(/\p{Cc}/u);
    });
  });
});

test("a digest is as bad as its worst, lists what it is made of, and one thing alone stays what it is", () => {
  const good: Notification = { ...news, event: "recovered", level: "good", title: "a runs again", links: [] };
  expect(digestOf([news], 1)).toBe(news);
  expect(digestOf([], 0)).toBeNull();
  expect(digestOf([good, news, news], 5)).toMatchObject({
    ...{ event: "digest", level: "bad", title: "5 notifications" },
    text: "1 recovered, 2 failed, and 2 more that are not listed",
    lines: [
      { text: "a runs again", url: null },
      { text: "nightly failed", url: "https://pulse.example.test/executions/exe_1?a=1&b=2" },
      { text: "nightly failed" },
    ],
  });
});

test.each([
  ["slack", 200, null, "ok", "delivered", null],
  ["slack", 404, null, "no_service", "never", null],
  ["slack", 429, "30", "", "again", 30_000],
  ["slack", 500, null, "", "again", null],
  ["slack", 302, null, "", "never", null],
  ["webhook", 404, null, "", "again", null],
  ["webhook", 410, null, "", "never", null],
  ["webhook", 301, null, "", "again", null],
  ["webhook", 503, "Sat, 21 Nov 2026 20:00:10 GMT", "", "again", 10_000],
  ["webhook", 503, "never", "", "again", null],
  ["discord", 429, null, '{"retry_after":1.5}', "again", 1500],
  ["telegram", 429, null, '{"ok":false,"parameters":{"retry_after":7}}', "again", 7000],
  ["telegram", 200, null, '{"ok":true}', "delivered", null],
  ["telegram", 403, null, '{"ok":false,"description":"bot was blocked"}', "never", null],
  ["teams", 202, null, "", "delivered", null],
  ["teams", 200, null, "Webhook message delivery failed with error: 429", "again", null],
  ["ntfy", 507, null, "", "again", null],
] as const)("%s that answers %i %s %s: %s", (type, status, retryAfter, body, end, retryAfterMs) => {
  expect(verdictOf(type, { status, retryAfter, body }, at)).toMatchObject({ end, retryAfterMs });
});
