import { type ExecutionStatus, isTerminal } from "@pulse/schema/status";
import {
  type DeliveryView,
  getDelivery,
  listDeliveries,
  resendDelivery,
  testWebhook,
} from "@pulse/schema/wire/deliveries";
import {
  changeWebhook,
  createWebhook,
  deleteWebhook,
  getWebhook,
  listWebhooks,
  type Provider,
  rotateWebhook,
  setUpWebhook,
  type WebhookTarget,
} from "@pulse/schema/wire/webhooks";
import { queryOptions } from "@tanstack/solid-query";
import { api } from "../session/client.ts";
import { everyItem } from "../session/every-item.ts";
import { queryClient } from "../session/query-client.ts";

const everyMs = 5000;
const soonMs = 1500;
const actMs = 30_000;
const rows = 50;
const within = () => AbortSignal.timeout(actMs);
const readAgain = () => queryClient.invalidateQueries({ queryKey: ["webhooks"] });

/** The names of those who deliver; `hmac` is anybody. */
export const providerNames: Readonly<Record<Provider, string>> = {
  github: "GitHub",
  gitea: "Gitea",
  forgejo: "Forgejo",
  gitlab: "GitLab",
  "gitlab-token": "GitLab (X-Gitlab-Token)",
  stripe: "Stripe",
  slack: "Slack",
  standard: "Standard Webhooks",
  hmac: "HMAC",
};

function isOver({ status, executionId, executionStatus }: DeliveryView): boolean {
  if (status === "waiting") return false;
  // What is not kept any more is over; the gateway has no other words for what is.
  return executionId === null || executionStatus === null || isTerminal(executionStatus as ExecutionStatus);
}

/** All webhooks, by name. */
export const webhooksQuery = () =>
  queryOptions({
    queryKey: ["webhooks", "list"],
    queryFn: ({ signal }) => everyItem((query) => api.call(listWebhooks, { query, signal })),
    refetchInterval: everyMs,
  });

/** One webhook. */
export const webhookQuery = (id: string) =>
  queryOptions({
    queryKey: ["webhooks", "one", id],
    queryFn: ({ signal }) => api.call(getWebhook, { params: { id }, signal }),
    refetchInterval: everyMs,
  });

/** What to type where at the provider. */
export const setUpQuery = (id: string) =>
  queryOptions({
    queryKey: ["webhooks", "setup", id],
    queryFn: ({ signal }) => api.call(setUpWebhook, { params: { id }, signal }),
  });

/** A page of what it was sent, newest first. */
export const deliveriesQuery = (id: string, cursor: string | undefined) =>
  queryOptions({
    queryKey: ["webhooks", "deliveries", id, cursor ?? null],
    queryFn: ({ signal }) =>
      api.call(listDeliveries, {
        params: { id },
        query: { limit: rows, ...(cursor === undefined ? {} : { cursor }) },
        signal,
      }),
    refetchInterval: everyMs,
  });

/** One delivery with its request, followed until what it started is over. */
export const deliveryQuery = (id: string, delivery: string) =>
  queryOptions({
    queryKey: ["webhooks", "delivery", id, delivery],
    queryFn: ({ signal }) => api.call(getDelivery, { params: { id, delivery }, signal }),
    refetchInterval: ({ state: { data } }) => (data !== undefined && isOver(data) ? false : soonMs),
  });

/** What a new webhook is to be. */
export interface NewWebhook {
  name: string;
  provider: Provider;
  target: WebhookTarget;
  filter?: string;
  secret?: string;
}

/** Makes a webhook; its secret is in the answer where the gateway made it. */
export async function makeWebhook(body: NewWebhook): Promise<{ id: string; url: string; secret?: string }> {
  const { id, url, secret } = await api.call(createWebhook, { body, signal: within() });
  await readAgain();
  return { id, url, ...(secret === undefined ? {} : { secret }) };
}

/** Lets a webhook take deliveries, or refuse them. */
export async function setWebhookEnabled(id: string, enabled: boolean): Promise<void> {
  await api.call(changeWebhook, { params: { id }, body: { enabled }, signal: within() });
  await readAgain();
}

/** Gives a webhook a secret that the gateway makes, or the given one; the one before is accepted for a while. */
export async function rotateSecret(
  id: string,
  secret: string,
): Promise<{ secret?: string | undefined; oldSecretUntil: string | null }> {
  const body = secret === "" ? {} : { secret };
  const rotated = await api.call(rotateWebhook, { params: { id }, body, signal: within() });
  await readAgain();
  return rotated;
}

/** Delivers a sample for real, signed as the provider would; returns what became of it. */
export async function tryWebhook(id: string): Promise<string> {
  const { status } = await api.call(testWebhook, { params: { id }, body: {}, signal: within() });
  await readAgain();
  return status;
}

/** Runs a delivery again, as a new one, and returns its id. */
export async function resend(id: string, delivery: string): Promise<string> {
  const again = await api.call(resendDelivery, { params: { id, delivery }, signal: within() });
  await readAgain();
  return again.id;
}

/** Deletes a webhook with its deliveries. */
export async function removeWebhook(id: string): Promise<void> {
  await api.call(deleteWebhook, { params: { id }, signal: within() });
  queryClient.removeQueries({ queryKey: ["webhooks", "one", id] });
  await queryClient.invalidateQueries({ queryKey: ["webhooks", "list"] });
}
