import type { Mail } from "../../ports.ts";
import { escapeHtml } from "./escape-html.ts";
import type { Notification } from "./notification.ts";
import { oneLine, plain, shorten } from "./shorten.ts";

const subjectMost = 180;
const textMost = 100_000;

/** A mail of a notification; `host` is the name that its id ends with. */
export function emailMessage(
  to: readonly string[],
  news: Notification,
  { id, host }: { id: string; host: string },
): Mail {
  const title = oneLine(plain(news.title));
  const body = shorten(plain(news.text).trim(), textMost);
  const text = [
    title,
    body,
    news.lines
      .map((line) => `- ${oneLine(plain(line.text))}${line.url === null ? "" : `\n  ${line.url}`}`)
      .join("\n"),
    news.facts.map(({ name, value }) => `${oneLine(name)}: ${oneLine(plain(value))}`).join("\n"),
    news.links.map((link) => `${oneLine(link.text)}: ${link.url}`).join("\n"),
  ];
  return {
    ...{ to, subject: shorten(`[${news.project}] ${title}`, subjectMost) },
    text: `${text.filter((part) => part !== "").join("\n\n")}\n`,
    html: htmlOf(title, body, news),
    messageId: `<${id}@${host.replace(/[^A-Za-z0-9.-]/g, "") || "pulse"}>`,
  };
}

function htmlOf(title: string, body: string, { lines, facts, links }: Notification): string {
  const parts = [`<h2 style="font-size:1.15em">${escapeHtml(title)}</h2>`];
  if (body !== "") parts.push(`<p style="white-space:pre-wrap">${escapeHtml(body)}</p>`);
  if (lines.length > 0) {
    const items = lines.map((line) => `<li>${linked(oneLine(plain(line.text)), line.url)}</li>`);
    parts.push(`<ul>${items.join("")}</ul>`);
  }
  if (facts.length > 0) {
    const rows = facts.map(
      ({ name, value }) =>
        `<tr><th align="left">${escapeHtml(oneLine(name))}</th><td>${escapeHtml(oneLine(plain(value)))}</td></tr>`,
    );
    parts.push(`<table cellpadding="4">${rows.join("")}</table>`);
  }
  if (links.length > 0)
    parts.push(`<p>${links.map((link) => linked(oneLine(link.text), link.url)).join(" · ")}</p>`);
  return `<!doctype html><html><body style="font-family:sans-serif">${parts.join("")}</body></html>`;
}

function linked(text: string, url: string | null): string {
  return url === null || !/^https?:/.test(url)
    ? escapeHtml(text)
    : `<a href="${escapeHtml(url)}">${escapeHtml(text)}</a>`;
}
