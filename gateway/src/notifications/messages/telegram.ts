import { escapeHtml } from "./escape-html.ts";
import type { MessageRequest, Notification } from "./notification.ts";
import { oneLine, plain, shorten } from "./shorten.ts";

/** Of the text as it is shown, without its marks. */
const textMost = 4096;
const titleMost = 300;
const factMost = 500;

/** Where a bot sends to. */
export interface TelegramPlace {
  /** Where the Bot API is: Telegram's, or a server of one's own. */
  server: string;
  token: string;
  chat: string;
  /** A topic of a group; null: the group itself. */
  thread: number | null;
}

/** A message of a bot of Telegram. Links are marks in the text: buttons are refused where the gateway has no public name. */
export function telegramMessage(place: TelegramPlace, news: Notification): MessageRequest {
  let left = textMost;
  const parts: string[] = [];
  const add = (shown: string, most: number, write: (text: string) => string, gap = "\n") => {
    const separator = parts.length === 0 ? "" : gap;
    const text = shorten(shown, Math.min(most, left - separator.length));
    if (text === "") return;
    left -= text.length + separator.length;
    parts.push(`${separator}${write(text)}`);
  };
  // What must be there is counted first, and then stands last.
  const links = news.links.map((link) => ({ ...link, text: shorten(oneLine(link.text), 100) }));
  left -= links.reduce((sum, { text }) => sum + text.length + 3, 2);
  add(oneLine(plain(news.title)), titleMost, (text) => `<b>${escapeHtml(text)}</b>`);
  add(plain(news.text).trim(), textMost, escapeHtml, "\n\n");
  for (const [i, line] of news.lines.entries()) {
    const write = (text: string) => (line.url === null ? escapeHtml(text) : anchor(text, line.url));
    add(`• ${oneLine(plain(line.text))}`, 300, write, i === 0 ? "\n\n" : "\n");
  }
  for (const [i, { name, value }] of news.facts.entries()) {
    add(`${oneLine(name)}: ${oneLine(plain(value))}`, factMost, escapeHtml, i === 0 ? "\n\n" : "\n");
  }
  const shown = links.map(({ text, url }) => anchor(text, url)).join(" · ");
  const text = `${parts.join("")}${shown === "" ? "" : `\n\n${shown}`}`;
  const { server, token, chat, thread } = place;
  return {
    url: `${server}/bot${token}/sendMessage`,
    headers: [["content-type", "application/json"]],
    body: JSON.stringify({
      chat_id: chat,
      ...(thread === null ? {} : { message_thread_id: thread }),
      ...{ text, parse_mode: "HTML", link_preview_options: { is_disabled: true } },
      disable_notification: news.level === "good",
    }),
  };
}

function anchor(text: string, url: string): string {
  return `<a href="${escapeHtml(url)}">${escapeHtml(text)}</a>`;
}
