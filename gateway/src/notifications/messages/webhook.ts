import { Webhook } from "standardwebhooks";
import type { MessageRequest, Notification } from "./notification.ts";

/** A receiver of one's own, and the secrets that it knows messages by: the present one, and the one before while that counts. */
export interface SignedReceiver {
  url: string;
  secrets: readonly string[];
}

/** A message as Standard Webhooks has it: the same id with each try, the time and the signature of this one. */
export function webhookMessage(
  { url, secrets }: SignedReceiver,
  news: Notification,
  { id, now }: { id: string; now: number },
): MessageRequest {
  const { event, level, project, title, text, facts, lines, links, data } = news;
  const body = JSON.stringify({
    type: `notification.${event}`,
    timestamp: new Date(news.at).toISOString(),
    data: { level, project, title, text, facts, lines, links, ...data },
  });
  return {
    url,
    headers: [
      ["content-type", "application/json"],
      ["webhook-id", `msg_${id}`],
      ["webhook-timestamp", String(Math.floor(now / 1000))],
      [
        "webhook-signature",
        secrets.map((one) => new Webhook(one).sign(`msg_${id}`, new Date(now), body)).join(" "),
      ],
    ],
    body,
  };
}
