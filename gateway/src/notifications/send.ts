import { ProblemError } from "@pulse/schema/problem";
import type { ChannelSettings } from "@pulse/schema/wire/channels";
import { safeFetch } from "../outbound/safe-fetch.ts";
import type { Ports } from "../ports.ts";
import { credentialsOf, ntfyServer, telegramServer } from "./channel-secret.ts";
import { discordMessage } from "./messages/discord.ts";
import { emailMessage } from "./messages/email.ts";
import type { MessageRequest, Notification } from "./messages/notification.ts";
import { ntfyMessage } from "./messages/ntfy.ts";
import { shorten } from "./messages/shorten.ts";
import { slackMessage } from "./messages/slack.ts";
import { teamsMessage } from "./messages/teams.ts";
import { telegramMessage } from "./messages/telegram.ts";
import { mailVerdict, type Verdict, verdictOf } from "./messages/verdict.ts";
import { webhookMessage } from "./messages/webhook.ts";

/** How long a receiver may take. */
export const tryMs = 15_000;
const readMost = 16_384;
const answerMost = 2000;

/** What came of a try: the receiver's own words, credentials hidden, and what they mean. */
export interface Sent {
  verdict: Verdict;
  status: number | null;
  answer: string;
}

type SendPorts = Pick<Ports, "outbound" | "now" | "log" | "mailer">;

/** Sends a notification through a channel, once. A receiver that does not answer, or refuses, is a result. */
export async function send(
  ports: SendPorts,
  settings: ChannelSettings,
  news: Notification,
  message: { id: string; publicUrl: string; timeoutMs?: number; traceparent?: string | null },
): Promise<Sent> {
  const { type } = settings;
  const hide = hiderOf(credentialsOf(settings));
  if (type === "email") return await sendMail(ports, settings.to, news, message);
  const { url, headers: own, body } = requestOf(settings, news, { id: message.id, now: ports.now() });
  const { traceparent = null } = message;
  const headers = traceparent === null ? own : [...own, ["traceparent", traceparent] as const];
  let answer: Awaited<ReturnType<typeof safeFetch>>;
  try {
    answer = await safeFetch(
      ports.outbound,
      {
        ...{ url, method: "POST", headers, body: new TextEncoder().encode(body) },
        ...{ timeoutMs: message.timeoutMs ?? tryMs, readMost, redirectsMost: 0 },
      },
      new AbortController().signal,
    );
  } catch (error) {
    // Where it goes is not allowed: no repetition changes that.
    if (error instanceof ProblemError) return without("never", error.message);
    throw error;
  }
  if (!answer.answered) {
    // Why exactly is the operator's to know: it would tell a user what is behind the gateway.
    const why = answer.cause instanceof Error ? hide(answer.cause.message) : null;
    ports.log.warn("a receiver of messages gave no answer", { message: message.id, type, why });
    return without("again", answer.detail);
  }
  const text = new TextDecoder().decode(answer.body);
  const { status } = answer;
  const verdict = verdictOf(
    type,
    { status, body: text, retryAfter: answer.headers.get("retry-after") },
    ports.now(),
  );
  return { verdict, status, answer: shorten(hide(text), answerMost) };
}

function requestOf(
  settings: Exclude<ChannelSettings, { type: "email" }>,
  news: Notification,
  message: { id: string; now: number },
): MessageRequest {
  switch (settings.type) {
    case "slack":
      return slackMessage(settings.url, news);
    case "discord":
      return discordMessage(settings.url, news);
    case "teams":
      return teamsMessage(settings.url, news);
    case "telegram": {
      const { token, chat, thread = null, server = telegramServer } = settings;
      return telegramMessage({ server, token, chat, thread }, news);
    }
    case "ntfy": {
      const { server = ntfyServer, topic, token = null } = settings;
      return ntfyMessage({ server, topic, token }, news);
    }
    case "webhook": {
      const { url, secret } = settings;
      return webhookMessage({ url, secrets: secret === undefined ? [] : [secret] }, news, message);
    }
  }
}

async function sendMail(
  { mailer, log }: SendPorts,
  to: readonly string[],
  news: Notification,
  { id, publicUrl, timeoutMs = tryMs }: { id: string; publicUrl: string; timeoutMs?: number },
): Promise<Sent> {
  if (mailer === undefined) return without("never", "this gateway sends no mail");
  const host = URL.parse(publicUrl)?.hostname ?? "";
  try {
    const { status, answer } = await mailer.send(
      emailMessage(to, news, { id, host }),
      AbortSignal.timeout(timeoutMs),
    );
    return { verdict: mailVerdict(status), status, answer: shorten(answer, answerMost) };
  } catch (cause) {
    log.warn("the mail server gave no answer", {
      message: id,
      why: cause instanceof Error ? cause.message : "?",
    });
    return without("again", "the mail server gave no answer");
  }
}

function without(end: Verdict["end"], error: string): Sent {
  return { verdict: { end, error, retryAfterMs: null }, status: null, answer: "" };
}

/** A receiver may send back what it was sent. */
function hiderOf(credentials: readonly string[]): (text: string) => string {
  const forms = credentials.flatMap((one) => [
    one,
    encodeURIComponent(one),
    JSON.stringify(one).slice(1, -1),
  ]);
  const ordered = [...new Set(forms)].filter((one) => one !== "").sort((a, b) => b.length - a.length);
  return (text) => ordered.reduce((left, form) => left.replaceAll(form, "***"), text);
}
