import { makeId } from "@pulse/schema/ids";
import { webhooks } from "@pulse/schema/tables";
import {
  bodyMostByDefault,
  deliveriesPerMinute,
  hmacByDefault,
  type Provider,
  providers,
  toleranceByDefault,
} from "@pulse/schema/wire/webhooks";
import type { Definition } from "@pulse/schema/workflow/definition";
import type { Finding } from "@pulse/schema/workflow/finding";
import { triggerPlan } from "@pulse/schema/workflow/plan-parts";
import { eq } from "drizzle-orm";
import type { BatchItem } from "drizzle-orm/batch";
import type { Ports } from "../ports.ts";
import { putSecret } from "../secrets/vault.ts";
import { dropSecretsOf, refuseTooMany } from "./keep-webhook.ts";
import { endpointsOf, presentName, secretKind } from "./known-endpoints.ts";
import { faultsOf } from "./plan-delivery.ts";
import { createWebhookStore, removalOfHook, tellHook, type WebhookRow } from "./store.ts";
import { newSecret } from "./verify/key-bytes.ts";
import { urlOf } from "./view.ts";

type Triggers = Pick<Definition, "triggers">;

/** The webhooks that a workflow has after a save: what is written with it, and what is done when that is on disk, or is not. */
export interface TriggerHooks {
  statements: BatchItem<"sqlite">[];
  /** As they are then, with the secrets that were made for this save. */
  rows: { row: WebhookRow; made: string | null }[];
  /** Names of those that are no longer there, and whose addresses take nothing any more. */
  gone: string[];
  written(): Promise<void>;
  undone(): Promise<void>;
}

const idMost = 100;

/** The triggers of a definition that are addresses, as webhooks have them. */
function hookTriggers(definition: Triggers) {
  return (definition.triggers ?? []).flatMap((written, place) => {
    const { type, id, name, provider, match: filter, inputs, enabled, auth } = triggerPlan(written, place);
    if (type !== "webhook") return [];
    return [{ place, id, name: name ?? id, provider: provider ?? "hmac", auth, filter, inputs, enabled }];
  });
}

/** What is wrong with the webhooks among the triggers of a definition that is in order otherwise. */
export function hookFindings(definition: Definition): Finding[] {
  return hookTriggers(definition).flatMap(({ place, id, provider, auth, filter, inputs }): Finding[] => {
    const here = `/triggers/${place}`;
    const found: Finding[] = [];
    if (id.length > idMost) {
      found.push({ pointer: `${here}/id`, code: "too_large", message: `has at most ${idMost} characters` });
    }
    if (!isProvider(provider)) {
      const message = `must be one of ${providers.join(", ")}`;
      found.push({ pointer: `${here}/provider`, code: "bad_format", message });
    }
    if (auth !== "hmac-sha256") {
      const message = `must be hmac-sha256, got ${auth}: an address takes only what is signed. For a sender that only has a token, use the provider gitlab-token`;
      found.push({ pointer: `${here}/auth`, code: "bad_format", message });
    }
    const faults = faultsOf({
      filter,
      target: { workflow: "itself", inputs: inputs as Record<string, never> },
    });
    for (const { pointer, detail } of faults) {
      const below = pointer.replace(/^\/filter/, "/match").replace(/^\/target/, "");
      found.push({ pointer: `${here}${below}`, code: "expression", message: detail });
    }
    return found;
  });
}

/**
 * What makes the webhooks of a workflow those that its definition has as triggers. One of the same provider keeps its address, its secret and its
 * log; one of another provider is another address. Throws `conflict` when the project has too many. Secrets of new ones are sealed before, and dropped again by `undone`.
 */
export async function hooksOfTriggers(
  ports: Ports,
  workflow: { id: string; project: string; name: string; by: string },
  definition: Definition,
  previous: Triggers,
): Promise<TriggerHooks> {
  const { orm } = ports.database;
  const store = createWebhookStore(ports.database);
  const before = await store.ofWorkflow(workflow.id);
  const wanted = hookTriggers(definition);
  const isKept = (row: WebhookRow, { id, provider }: (typeof wanted)[number]) =>
    row.triggerId === id && row.provider === provider;
  const gone = before.filter((row) => !wanted.some((one) => isKept(row, one)));
  const added = wanted.length - (before.length - gone.length);
  if (added > 0) refuseTooMany((await store.count(workflow.project)) - gone.length + added);
  const now = ports.now();
  const statements: BatchItem<"sqlite">[] = gone.flatMap(({ id }) => [
    ...removalOfHook(ports.database, id, now),
  ]);
  // Two may change their names for each other's.
  for (const row of before) {
    const one = wanted.find((trigger) => isKept(row, trigger));
    if (one === undefined || row.name === `${workflow.name}:${one.name}`) continue;
    statements.push(orm.update(webhooks).set({ name: row.id }).where(eq(webhooks.id, row.id)));
  }
  const rows: TriggerHooks["rows"] = [];
  for (const trigger of wanted) {
    const { id: triggerId, filter, inputs } = trigger;
    const old = before.find((row) => isKept(row, trigger));
    const provider = trigger.provider as Provider;
    const target = { workflow: workflow.name, inputs: inputs as Record<string, never> };
    const name = `${workflow.name}:${trigger.name}`;
    // One that somebody disabled stays so, unless it is the definition that enables it now.
    const wasOn = hookTriggers(previous).find(({ id }) => id === triggerId)?.enabled ?? true;
    const enabled = trigger.enabled && (wasOn ? (old?.enabled ?? true) : true);
    if (old !== undefined) {
      const row = { ...old, name, target, filter, enabled, updatedAt: Math.max(now, old.updatedAt + 1) };
      const { updatedAt } = row;
      statements.push(
        orm.update(webhooks).set({ name, target, filter, enabled, updatedAt }).where(eq(webhooks.id, row.id)),
        tellHook(ports.database, row.id, now),
      );
      rows.push({ row, made: null });
      continue;
    }
    const row: WebhookRow = {
      ...{ id: makeId("webhook", now, ports.random(10)), project: workflow.project },
      ...{ name, workflowId: workflow.id, triggerId },
      ...{ provider, hmac: provider === "hmac" ? hmacByDefault : null, target, filter, enabled },
      ...{ toleranceMs: toleranceByDefault, maxBytes: bodyMostByDefault, perMinute: deliveriesPerMinute },
      ...{ oldSecretUntil: null, captureUntil: null, refusedCount: 0, refusedAt: null, lastDeliveryAt: null },
      ...{ createdBy: workflow.by, createdAt: now, updatedAt: now },
    };
    const made = newSecret(provider, hmacByDefault.secretEncoding, ports.random);
    // First, so that no address is ever there without one.
    if (made !== null) {
      await putSecret(ports, { project: row.project, kind: secretKind, name: presentName(row.id) }, made);
    }
    statements.push(orm.insert(webhooks).values(row), tellHook(ports.database, row.id, now));
    rows.push({ row, made });
  }
  return {
    ...{ statements, rows, gone: gone.map(({ name }) => name) },
    written: async () => {
      await dropSecretsOf(ports, gone);
      for (const { row } of rows) endpointsOf(ports).forget(row.id);
    },
    undone: async () => {
      const added = rows.filter(({ row }) => !before.some(({ id }) => id === row.id));
      await dropSecretsOf(
        ports,
        added.map(({ row }) => row),
      );
    },
  };
}

/** The webhooks that a workflow has, without their secrets. */
export async function presentHooks(
  { database }: Pick<Ports, "database">,
  workflowId: string,
): Promise<TriggerHooks["rows"]> {
  const rows = await createWebhookStore(database).ofWorkflow(workflowId);
  return rows.map((row) => ({ row, made: null }));
}

/** A webhook that a trigger is as the API shows it: where it is delivered to, and its secret when it was made just now. */
export function triggerHookOf({ row, made }: TriggerHooks["rows"][number], publicUrl: string) {
  const { id, name, triggerId, provider, enabled } = row;
  const shown = made === null ? {} : { secret: made };
  return { trigger: triggerId ?? "", id, name, provider, url: urlOf(publicUrl, row), enabled, ...shown };
}

/** What takes the webhooks of a workflow away with it, and what is to be done then. */
export async function removalOfHooks(
  ports: Ports,
  workflowId: string,
): Promise<Pick<TriggerHooks, "statements" | "written">> {
  const rows = await createWebhookStore(ports.database).ofWorkflow(workflowId);
  return {
    statements: rows.flatMap(({ id }) => [...removalOfHook(ports.database, id, ports.now())]),
    written: () => dropSecretsOf(ports, rows),
  };
}

function isProvider(name: string): name is Provider {
  return (providers as readonly string[]).includes(name);
}
