import type { ChannelSettings } from "@pulse/schema/wire/channels";
import type { Ports } from "../ports.ts";
import { openSpan } from "../tracing/open-span.ts";
import { ntfyServer, telegramServer } from "./channel-secret.ts";
import type { MessageRow } from "./message-store.ts";
import type { Sent } from "./send.ts";

/** The span of one try of a message, a part of what `given` says. Of where it goes it has the host alone: the rest is a credential. */
export function traceMessage(
  ports: Pick<Ports, "tracing" | "now" | "random">,
  given: string | null,
  message: {
    row: Pick<MessageRow, "id" | "executionId" | "attempts">;
    channel: string;
    settings: ChannelSettings;
  },
) {
  const { row, channel, settings } = message;
  const span = openSpan(ports, given, { name: `send ${channel}`, kind: "client" });
  const isMail = settings.type === "email";
  return {
    traceparent: span.traceparent,
    ended({ verdict, status }: Sent): void {
      const error = status === null ? (verdict.end === "never" ? "refused" : "no_answer") : String(status);
      span.end(
        {
          ...{ "messaging.system": settings.type, "messaging.operation.name": "send" },
          ...{ "messaging.operation.type": "send", "messaging.destination.name": channel },
          ...{ "messaging.message.id": row.id, "pulse.execution_id": row.executionId },
          ...{ "pulse.attempt": row.attempts, "server.address": hostOf(settings) },
          ...(isMail ? {} : { "http.request.method": "POST", "http.response.status_code": status }),
        },
        verdict.end === "delivered" ? null : error,
      );
    },
  };
}

function hostOf(settings: ChannelSettings): string | null {
  switch (settings.type) {
    case "email":
      return null;
    case "telegram":
      return URL.parse(settings.server ?? telegramServer)?.hostname ?? null;
    case "ntfy":
      return URL.parse(settings.server ?? ntfyServer)?.hostname ?? null;
    default:
      return URL.parse(settings.url)?.hostname ?? null;
  }
}
