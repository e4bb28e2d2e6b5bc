import type { Ports } from "../ports.ts";
import { openSecrets, type VaultPorts } from "../secrets/vault.ts";
import { createWebhookStore, type WebhookRow } from "./store.ts";

/** A webhook with the secrets that it is checked with; the one before counts until a time. */
export interface Endpoint {
  hook: WebhookRow;
  secret: string;
  before: string | null;
}

/** What is sealed for a webhook. */
export const secretKind = "webhook";
export const presentName = (id: string) => id;
export const beforeName = (id: string) => `${id} before`;

const cachedMs = 1000;
const cacheMost = 1000;

interface Endpoints {
  /** Null: there is none with this id. Throws `unavailable` where its secret does not open. */
  get(id: string): Promise<Endpoint | null>;
  /** Something was written: nothing older is answered in this process. */
  forget(id: string): void;
}

const made = new WeakMap<Ports, Endpoints>();

/** The endpoints of a gateway: one for the same ports. It caches values for a second, so that many deliveries cost few reads. */
export function endpointsOf(ports: Ports): Endpoints {
  const endpoints = made.get(ports) ?? newEndpoints(ports);
  made.set(ports, endpoints);
  return endpoints;
}

function newEndpoints(ports: Ports): Endpoints {
  const store = createWebhookStore(ports.database);
  const cache = new Map<string, { endpoint: Endpoint; readAt: number }>();
  let generation = 0;
  return {
    async get(id) {
      const known = cache.get(id);
      if (known !== undefined && ports.now() - known.readAt < cachedMs) return known.endpoint;
      const readAt = ports.now();
      const before = generation;
      const hook = await store.byId(id);
      if (hook === null) return null;
      const endpoint = { hook, ...(await secretsOf(ports, hook)) };
      if (cache.size >= cacheMost) cache.clear();
      if (before === generation) cache.set(id, { endpoint, readAt });
      return endpoint;
    },
    forget(id) {
      generation += 1;
      cache.delete(id);
    },
  };
}

/** The secrets of a webhook; throws `unavailable` when the present one does not open. */
export async function secretsOf(
  ports: VaultPorts & Pick<Ports, "log">,
  { project, id }: Pick<WebhookRow, "project" | "id">,
): Promise<Pick<Endpoint, "secret" | "before">> {
  const names = [presentName(id), beforeName(id)];
  const { values, faults } = await openSecrets(ports, { project, kind: secretKind, names });
  const secret = values.get(presentName(id))?.value;
  if (secret === undefined) {
    // The sender hears nothing of why: an empty secret is nobody's.
    ports.log.warn("the secret of a webhook does not open", {
      webhook: id,
      why: faults.get(presentName(id))?.detail,
    });
  }
  return { secret: secret ?? "", before: values.get(beforeName(id))?.value ?? null };
}

/** The secrets that count now. */
export function countingSecrets({ hook, secret, before }: Endpoint, now: number): string[] {
  const isOverlapping = before !== null && hook.oldSecretUntil !== null && hook.oldSecretUntil > now;
  return isOverlapping ? [secret, before] : [secret];
}
