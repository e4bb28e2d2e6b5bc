import type { Level, MessageRequest, Notification } from "./notification.ts";
import { oneLine, plain, shorten, shortenBytes } from "./shorten.ts";

/** More than this becomes an attachment that has to be fetched. */
const messageMostBytes = 4000;
const titleMost = 250;
const actionsMost = 3;

const looks: Readonly<Record<Level, { priority: number; tag: string }>> = {
  good: { priority: 3, tag: "white_check_mark" },
  info: { priority: 3, tag: "information_source" },
  warning: { priority: 4, tag: "warning" },
  bad: { priority: 4, tag: "rotating_light" },
};

/** A topic of a server of ntfy. */
export interface NtfyTopic {
  server: string;
  topic: string;
  /** Null: the topic asks for none. */
  token: string | null;
}

/** A message for ntfy, as JSON: its headers would have to be ASCII. */
export function ntfyMessage({ server, topic, token }: NtfyTopic, news: Notification): MessageRequest {
  const lines = [
    plain(news.text).trim(),
    ...news.lines.map((line) => `• ${oneLine(plain(line.text))}${line.url === null ? "" : ` ${line.url}`}`),
    ...news.facts.map(({ name, value }) => `${oneLine(name)}: ${oneLine(plain(value))}`),
  ].filter((line) => line !== "");
  const { priority, tag } = looks[news.level];
  const title = shorten(oneLine(plain(news.title)), titleMost);
  const actions = news.links
    .slice(0, actionsMost)
    .map((link) => ({ action: "view", label: shorten(oneLine(link.text), 60), url: link.url }));
  return {
    url: `${server}/`,
    headers: [
      ["content-type", "application/json"],
      ...(token === null ? [] : [["authorization", `Bearer ${token}`] as [string, string]]),
    ],
    body: JSON.stringify({
      ...{ topic, title, priority, tags: [tag] },
      // Without a message the server would write one of its own.
      message: shortenBytes(lines.join("\n"), messageMostBytes) || title || "–",
      ...(news.links[0] === undefined ? {} : { click: news.links[0].url, actions }),
    }),
  };
}
