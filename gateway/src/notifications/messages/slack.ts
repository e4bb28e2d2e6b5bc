import type { MessageRequest, Notification } from "./notification.ts";
import { oneLine, plain, shorten, shortenWritten } from "./shorten.ts";

/** The limits of Block Kit. */
const headerMost = 150;
const sectionMost = 3000;
const fieldMost = 2000;
const fieldsMost = 10;
const buttonMost = 75;
const buttonsMost = 5;
const fallbackMost = 3000;
const urlMost = 3000;

/** A message for an incoming webhook of Slack, of which Mattermost understands the fallback. */
export function slackMessage(url: string, news: Notification): MessageRequest {
  const title = oneLine(plain(news.title));
  const blocks: object[] = [
    { type: "header", text: { type: "plain_text", text: shorten(title, headerMost), emoji: false } },
  ];
  const text = plain(news.text).trim();
  if (text !== "") blocks.push(section(shortenWritten(text, sectionMost, escapeSlack)));
  for (const part of linesOf(news)) blocks.push(section(part));
  if (news.facts.length > 0) {
    const fields = news.facts.slice(0, fieldsMost).map(({ name, value }) => {
      const label = `*${escapeSlack(shorten(oneLine(name), 100))}*\n`;
      return mrkdwn(`${label}${shortenWritten(plain(value), fieldMost - label.length, escapeSlack)}`);
    });
    blocks.push({ type: "section", fields });
  }
  const elements = news.links
    .filter((link) => link.url.length <= urlMost)
    .slice(0, buttonsMost)
    .map((link) => ({
      type: "button",
      text: { type: "plain_text", text: shorten(oneLine(link.text), buttonMost), emoji: false },
      url: link.url,
    }));
  if (elements.length > 0) blocks.push({ type: "actions", elements });
  return {
    url,
    headers: [["content-type", "application/json"]],
    body: JSON.stringify({
      text: shortenWritten(fallbackOf(title, news), fallbackMost, (text) => escapeSlack(silent(text))),
      blocks,
      // What users wrote is not fetched for a look at it.
      ...{ unfurl_links: false, unfurl_media: false },
    }),
  };
}

/** What stands where blocks are not shown: phones' notices, and receivers that only speak a part of the format. */
function fallbackOf(title: string, { text, lines, links }: Notification): string {
  const parts = [
    title,
    plain(text).trim(),
    ...lines.map((line) => [line.text, line.url].filter((one) => one !== null).join(" ")),
  ];
  return [...parts, ...links.map((link) => `${link.text}: ${link.url}`)]
    .filter((one) => one !== "")
    .join("\n");
}

/** Lines, as many to a section as there is room for. */
function linesOf({ lines }: Notification): string[] {
  const sections: string[] = [];
  let open = "";
  for (const { text, url } of lines) {
    const words = shortenWritten(oneLine(plain(text)), 500, escapeSlack);
    const isLink = url !== null && escapeSlack(url).length <= 1500;
    const line = `• ${isLink ? `<${escapeSlack(url).replaceAll("|", "%7C")}|${words.replaceAll("|", "¦")}>` : words}`;
    if (open !== "" && open.length + 1 + line.length > sectionMost) {
      sections.push(open);
      open = "";
    }
    open = open === "" ? line : `${open}\n${line}`;
  }
  return open === "" ? sections : [...sections, open];
}

/** Nothing that users wrote mentions anybody or becomes a link: those begin with `<`. */
function escapeSlack(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

/** Mattermost takes a bare `@all` for a mention: what has no width stands behind each `@`. */
function silent(text: string): string {
  return text.replace(/@(?=[\p{L}\p{N}_])/gu, "@\u200b");
}

function mrkdwn(text: string): object {
  return { type: "mrkdwn", text, verbatim: true };
}

function section(text: string): object {
  return { type: "section", text: mrkdwn(text) };
}
