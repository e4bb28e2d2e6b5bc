import type { Level, MessageRequest, Notification } from "./notification.ts";
import { oneLine, plain, shorten, shortenWritten } from "./shorten.ts";

/** The limits of an embed. */
const titleMost = 256;
const descriptionMost = 4096;
const fieldsMost = 25;
const fieldNameMost = 256;
const fieldValueMost = 1024;
const totalMost = 6000;

const colours: Readonly<Record<Level, number>> = {
  good: 0x2e_7d_32,
  info: 0x15_65_c0,
  warning: 0xed_6c_02,
  bad: 0xc6_28_28,
};

/** A message for a webhook of Discord: one embed, which mentions nobody. */
export function discordMessage(url: string, news: Notification): MessageRequest {
  const title = shortenWritten(oneLine(plain(news.title)), titleMost, escapeDiscord) || "–";
  const links = news.links
    .map((link) => markdownLink(shorten(oneLine(link.text), 100), link.url))
    .join(" · ");
  // Links stand at the end and always fit: they are what people need most.
  const room = descriptionMost - links.length - 2;
  const text = shortenWritten(plain(news.text).trim(), room, escapeDiscord);
  const lines = linesOf(news, room - text.length - 2);
  const description = [text, lines, links].filter((one) => one !== "").join("\n\n");
  let left = totalMost - title.length - description.length;
  const fields: { name: string; value: string; inline: boolean }[] = [];
  for (const { name, value } of news.facts.slice(0, fieldsMost)) {
    const label = shortenWritten(oneLine(plain(name)), fieldNameMost, escapeDiscord) || "–";
    const shown = shortenWritten(plain(value).trim(), fieldValueMost, escapeDiscord) || "–";
    left -= label.length + shown.length;
    if (left < 0) break;
    fields.push({ name: label, value: shown, inline: shown.length <= 40 });
  }
  const embed = {
    title,
    ...(description === "" ? {} : { description }),
    ...(news.links[0] === undefined ? {} : { url: news.links[0].url }),
    color: colours[news.level],
    timestamp: new Date(news.at).toISOString(),
    ...(fields.length === 0 ? {} : { fields }),
  };
  return {
    url,
    headers: [["content-type", "application/json"]],
    body: JSON.stringify({ embeds: [embed], allowed_mentions: { parse: [] } }),
  };
}

function linesOf({ lines }: Notification, most: number): string {
  let text = "";
  for (const [i, line] of lines.entries()) {
    const words = shorten(oneLine(plain(line.text)), 300);
    const made = `• ${line.url === null ? escapeDiscord(words) : markdownLink(words, line.url)}`;
    const rest = `\n… ${lines.length - i} more`;
    if (text.length + made.length + 1 + rest.length > most) {
      return text === "" && rest.length > most ? "" : `${text}${rest}`.trim();
    }
    text = text === "" ? made : `${text}\n${made}`;
  }
  return text;
}

function markdownLink(text: string, url: string): string {
  return `[${escapeDiscord(text)}](${url.replaceAll("(", "%28").replaceAll(")", "%29")})`;
}

/** A backslash before whatever Markdown, mentions or links begin with. */
function escapeDiscord(text: string): string {
  return text.replace(/[\\*_~`|<>#[\]()@:-]/g, "\\$&");
}
