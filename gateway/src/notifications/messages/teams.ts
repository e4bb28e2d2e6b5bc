import type { Level, MessageRequest, Notification } from "./notification.ts";
import { oneLine, plain, shorten } from "./shorten.ts";

/** A message has at most 28 KB. */
const bodyMostBytes = 27_000;
const titleMost = 300;
const factsMost = 20;
const actionsMost = 6;

const colours: Readonly<Record<Level, string>> = {
  good: "good",
  info: "accent",
  warning: "warning",
  bad: "attention",
};

/** A message for a workflow of Microsoft Teams that takes webhooks: an adaptive card of runs of text, in which nothing is Markdown. */
export function teamsMessage(url: string, news: Notification): MessageRequest {
  // What is shown gets shorter until it fits: characters have up to four bytes, and JSON writes some of them longer.
  for (let most = 8000; ; most = Math.floor(most / 2)) {
    const body = JSON.stringify(cardOf(news, most));
    if (most < 10 || new TextEncoder().encode(body).length <= bodyMostBytes) {
      return { url, headers: [["content-type", "application/json"]], body };
    }
  }
}

function cardOf(news: Notification, most: number): object {
  const title = run(shorten(oneLine(plain(news.title)), Math.min(most, titleMost)), {
    ...{ weight: "bolder", size: "medium", color: colours[news.level] },
  });
  const text = shorten(plain(news.text).trim(), most);
  const lines: object[] = [];
  let left = most;
  for (const line of news.lines) {
    const words = shorten(`• ${oneLine(plain(line.text))}`, 300);
    left -= words.length + (line.url?.length ?? 0);
    if (left < 0) break;
    const open = { type: "Action.OpenUrl", url: line.url };
    lines.push(paragraph([run(words, line.url === null ? {} : { selectAction: open })], "small"));
  }
  const facts = news.facts
    .slice(0, factsMost)
    .map(({ name, value }) =>
      paragraph(
        [
          run(`${shorten(oneLine(name), 100)}: `, { weight: "bolder" }),
          run(shorten(plain(value), Math.min(most, 500))),
        ],
        "small",
      ),
    );
  const actions = news.links
    .slice(0, actionsMost)
    .map((link) => ({ type: "Action.OpenUrl", title: shorten(oneLine(link.text), 60), url: link.url }));
  const content = {
    ...{
      type: "AdaptiveCard",
      version: "1.4",
    },
    body: [paragraph([title]), ...(text === "" ? [] : [paragraph([run(text)])]), ...lines, ...facts],
    ...(actions.length === 0 ? {} : { actions }),
  };
  const contentType = "application/vnd.microsoft.card.adaptive";
  return { type: "message", attachments: [{ contentType, contentUrl: null, content }] };
}

function run(text: string, look: object = {}): object {
  return { type: "TextRun", text, ...look };
}

function paragraph(inlines: object[], spacing = "default"): object {
  return { type: "RichTextBlock", inlines, spacing };
}
