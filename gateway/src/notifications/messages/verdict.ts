import type { ChannelType } from "@pulse/schema/wire/channels";

/** What a receiver answered to a message. */
export interface Answered {
  status: number;
  /** `Retry-After`, as it is written. */
  retryAfter: string | null;
  /** The beginning of its body. */
  body: string;
}

/** What that means: `again` says that it may be taken later, `never` that it will not. */
export interface Verdict {
  end: "delivered" | "again" | "never";
  /** What it asked to be left alone for, milliseconds. */
  retryAfterMs: number | null;
  error: string | null;
}

const hourMs = 3_600_000;
/** What a repetition of the same cannot change. */
const final: ReadonlySet<number> = new Set([400, 401, 403, 404, 405, 413, 415, 422]);

/**
 * Reads an answer as the service means it. Redirects are no success. A receiver of one's own may be wrong for a while whatever it says, except
 * for 410; of a service that says that the address, the credential or the message is wrong, nothing else comes.
 */
export function verdictOf(type: ChannelType, { status, retryAfter, body }: Answered, now: number): Verdict {
  const retryAfterMs = waitOf(type, retryAfter, body, now);
  if (status >= 200 && status < 300) {
    const refusal = hiddenRefusal(type, body);
    if (refusal === null) return { end: "delivered", retryAfterMs: null, error: null };
    return { end: "again", retryAfterMs, error: refusal };
  }
  if (status >= 300 && status < 400) {
    return {
      end: type === "webhook" ? "again" : "never",
      retryAfterMs,
      error: `${status}: redirects are not followed`,
    };
  }
  const isFinal = status === 410 || (type !== "webhook" && final.has(status));
  return { end: isFinal ? "never" : "again", retryAfterMs, error: `answered ${status}` };
}

/** Some say that they did not take it with a status that says they did. */
function hiddenRefusal(type: ChannelType, body: string): string | null {
  if (type === "teams" && /^"?Webhook message delivery failed/i.test(body.trim())) {
    return "answered that the message was not delivered";
  }
  if (type === "telegram" && read(body)?.ok === false) return "answered that the message was not sent";
  return null;
}

function waitOf(type: ChannelType, header: string | null, body: string, now: number): number | null {
  const written = fromHeader(header, now);
  if (written !== null) return written;
  const json = type === "telegram" || type === "discord" ? read(body) : null;
  const parameters = json?.parameters;
  const seconds =
    type === "telegram"
      ? typeof parameters === "object" && parameters !== null && "retry_after" in parameters
        ? parameters.retry_after
        : null
      : json?.retry_after;
  return typeof seconds === "number" && seconds > 0 ? Math.min(hourMs * 24, Math.ceil(seconds * 1000)) : null;
}

/** RFC 9110: seconds, or a date. */
function fromHeader(header: string | null, now: number): number | null {
  if (header === null) return null;
  const seconds = Number(header);
  const ms = /^\d{1,9}(\.\d+)?$/.test(header.trim()) ? seconds * 1000 : Date.parse(header) - now;
  return Number.isFinite(ms) && ms > 0 ? Math.min(hourMs * 24, Math.ceil(ms)) : null;
}

function read(body: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(body);
    // An object of JSON has texts as its names.
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}

/** Reads the code that a mail server answered (RFC 5321): 4xx may go better another time. */
export function mailVerdict(code: number): Verdict {
  if (code >= 200 && code < 300) return { end: "delivered", retryAfterMs: null, error: null };
  return {
    end: code >= 500 ? "never" : "again",
    retryAfterMs: null,
    error: `the mail server answered ${code}`,
  };
}
