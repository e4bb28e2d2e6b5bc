import { formatDuration } from "../duration-text.ts";
import { ProblemError } from "../problem.ts";
import {
  bodyMostByDefault,
  changeWebhook,
  createWebhook,
  deliveriesPerMinute,
  getWebhook,
  hmacByDefault,
  toleranceByDefault,
} from "../wire/webhooks.ts";
import { type Applying, changedFields, type Item, orNull } from "./item.ts";
import type { Layout } from "./layout.ts";
import { filled } from "./words.ts";

type Parsed = Layout["webhooks"][string];

/** A webhook of `pulse.yaml`; its secret is made by the gateway, and told this once. Whether it is enabled is left alone unless it says so. */
export function webhookItem(applying: Applying, name: string, parsed: Parsed): Item {
  const { client, words, signal } = applying;
  const params = { id: name };
  const { provider, target, enabled } = parsed;
  const hmac = provider === "hmac" ? (parsed.hmac ?? hmacByDefault) : null;
  const shape = {
    ...{ provider, target, filter: parsed.filter ?? null, hmac },
    toleranceMs: parsed.tolerance ?? toleranceByDefault,
    maxBytes: parsed.maxBytes ?? bodyMostByDefault,
    perMinute: parsed.perMinute ?? deliveriesPerMinute,
    ...(enabled === undefined ? {} : { enabled }),
  };
  const fields = {
    ...{ target: { target }, filter: { filter: shape.filter } },
    ...(hmac === null ? {} : { hmac: { hmac } }),
    toleranceMs: { tolerance: formatDuration(shape.toleranceMs) },
    ...{ maxBytes: { maxBytes: shape.maxBytes }, perMinute: { perMinute: shape.perMinute } },
    ...(enabled === undefined ? {} : { enabled: { enabled } }),
  };
  const refused = (detail: string) =>
    new ProblemError("validation_failed", detail, { errors: [{ pointer: `/webhooks/${name}`, detail }] });
  return {
    ...{ kind: "webhook", name, wanted: shape },
    async look() {
      const there = await orNull(client.call(getWebhook, { params, signal }));
      if (there === null && (provider === "stripe" || provider === "slack")) {
        throw refused(filled(words.apWebhookFirst, { name, provider }));
      }
      if (there !== null && there.provider !== provider) {
        throw refused(filled(words.apProviderStays, { name, provider: there.provider }));
      }
      return there;
    },
    async create() {
      const body = { name, provider, ...Object.assign({}, ...Object.values(fields)) };
      const made = await client.call(createWebhook, { body, signal });
      return [[made.name, made.url, made.secret ?? ""].join("  ").trim()];
    },
    async change(differences) {
      const body = Object.assign({}, ...changedFields<object>(differences, fields));
      await client.call(changeWebhook, { params, body, signal });
      return [];
    },
  };
}
