import { type ExecutionStatus, isTerminal } from "@pulse/schema/status";
import {
  type DeliveryView,
  getDelivery,
  listDeliveries,
  resendDelivery,
  resendSince,
  testWebhook,
} from "@pulse/schema/wire/deliveries";
import {
  captureWebhook,
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
import { follow } from "../session/live.ts";
import { queryClient } from "../session/query-client.ts";

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
    ...follow("webhooks"),
  });

/** One webhook. */
export const webhookQuery = (id: string) =>
  queryOptions({
    queryKey: ["webhooks", "one", id],
    queryFn: ({ signal }) => api.call(getWebhook, { params: { id }, signal }),
    ...follow("webhooks"),
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
    ...follow("webhooks"),
  });

/** One delivery with its request, followed until what it started is over. */
export const deliveryQuery = (id: string, delivery: string) => {
  const { refetchInterval } = follow("webhooks");
  return queryOptions({
    queryKey: ["webhooks", "delivery", id, delivery],
    queryFn: ({ signal }) => api.call(getDelivery, { params: { id, delivery }, signal }),
    refetchInterval: ({ state: { data } }) => (data !== undefined && isOver(data) ? false : refetchInterval),
  });
};

/** What a webhook can be changed to. */
export interface WebhookChange {
  target?: WebhookTarget;
  /** Null: none. */
  filter: string | null;
  /** A length of time such as `5m`. */
  tolerance?: string;
  perMinute?: number;
}

/** What a new webhook is to be. */
export interface NewWebhook extends WebhookChange {
  name: string;
  provider: Provider;
  target: WebhookTarget;
  secret?: string;
}

/** Makes a webhook; its secret is in the answer where the gateway made it. */
export async function makeWebhook(body: NewWebhook): Promise<{ id: string; url: string; secret?: string }> {
  const { id, url, secret } = await api.call(createWebhook, { body, signal: within() });
  await readAgain();
  return { id, url, ...(secret === undefined ? {} : { secret }) };
}

/** Changes what a webhook starts, and when. */
export async function editWebhook(id: string, body: WebhookChange): Promise<void> {
  await api.call(changeWebhook, { params: { id }, body, signal: within() });
  await readAgain();
}

/** Keeps the next delivery, which then starts nothing. */
export async function captureNext(id: string): Promise<void> {
  await api.call(captureWebhook, { params: { id }, signal: within() });
  await readAgain();
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

/** How many deliveries are counted before some are sent again. */
export const countedMost = 100;

/** How many deliveries since a time, of one status or of all, would be sent again; at most one more than `countedMost`. Null: no time. */
export const resendableQuery = (
  id: string,
  since: string | null,
  status: DeliveryView["status"] | undefined,
) =>
  queryOptions({
    queryKey: ["webhooks", "resendable", id, since, status ?? null],
    enabled: since !== null,
    queryFn: async ({ signal }) => {
      const query = { since: since ?? "", limit: countedMost, ...(status === undefined ? {} : { status }) };
      const { items, nextCursor } = await api.call(listDeliveries, { params: { id }, query, signal });
      return (
        items.filter(({ resendOf }) => resendOf === null).length + (nextCursor === null ? 0 : countedMost)
      );
    },
  });

/** Sends again what came since a time, and returns how many; `onProgress` gets how many so far. */
export async function resendAll(
  id: string,
  since: string,
  status: DeliveryView["status"] | undefined,
  onProgress: (sent: number) => void,
): Promise<number> {
  let sent = 0;
  let cursor: string | null = null;
  do {
    const body = {
      since,
      ...(status === undefined ? {} : { status }),
      ...(cursor === null ? {} : { cursor }),
    };
    const page: { items: DeliveryView[]; nextCursor: string | null } = await api.call(resendSince, {
      params: { id },
      body,
      signal: within(),
    });
    sent += page.items.length;
    onProgress(sent);
    cursor = page.nextCursor;
  } while (cursor !== null);
  await readAgain();
  return sent;
}

/** Deletes a webhook with its deliveries. */
export async function removeWebhook(id: string): Promise<void> {
  await api.call(deleteWebhook, { params: { id }, signal: within() });
  queryClient.removeQueries({ queryKey: ["webhooks", "one", id] });
  await queryClient.invalidateQueries({ queryKey: ["webhooks", "list"] });
}
