import type { Output } from "@pulse/schema/endpoint";
import { makeId } from "@pulse/schema/ids";
import { type FieldProblem, ProblemError } from "@pulse/schema/problem";
import {
  bodyMostByDefault,
  type changeWebhook,
  type createWebhook,
  deliveriesPerMinute,
  type HmacSettings,
  hmacByDefault,
  type Provider,
  toleranceByDefault,
} from "@pulse/schema/wire/webhooks";
import type { Ports } from "../ports.ts";
import { dropSecret, putSecret } from "../secrets/vault.ts";
import { beforeName, endpointsOf, presentName, secretKind, secretsOf } from "./known-endpoints.ts";
import { faultsOf } from "./plan-delivery.ts";
import { createWebhookStore, type WebhookRow } from "./store.ts";
import { newSecret, secretFault } from "./verify/key-bytes.ts";

type New = Output<NonNullable<typeof createWebhook.body>>;
type Change = Output<NonNullable<typeof changeWebhook.body>>;

/** Webhooks of a project, those of triggers too. */
export const webhooksMost = 1000;
const overlapByDefault = 24 * 3_600_000;

/** A webhook, and its secret where that was made here. */
export interface Made {
  row: WebhookRow;
  made: string | null;
}

/** Makes a webhook with its secret, given or made. Throws `validation_failed`, `name_taken`, and `conflict` when there are too many. */
export async function addWebhook(
  ports: Ports,
  project: string,
  createdBy: string,
  asked: New,
): Promise<Made> {
  const { name, provider, target, filter = null, enabled = true } = asked;
  const hmac = hmacOf(provider, asked.hmac);
  refuse(faultsOf({ filter, target }));
  const { secret, made } = chosen(ports, provider, hmac ?? hmacByDefault, asked.secret);
  const store = createWebhookStore(ports.database);
  if ((await store.find(project, name)) !== null) throw taken(name);
  refuseTooMany((await store.count(project)) + 1);
  const now = ports.now();
  const id = makeId("webhook", now, ports.random(10));
  // First, so that no address is ever there without one.
  await putSecret(ports, { project, kind: secretKind, name: presentName(id) }, secret);
  const row = {
    ...{ id, project, name, provider, hmac, target, filter, enabled, createdBy },
    toleranceMs: asked.tolerance ?? toleranceByDefault,
    maxBytes: asked.maxBytes ?? bodyMostByDefault,
    perMinute: asked.perMinute ?? deliveriesPerMinute,
    ...{ workflowId: null, triggerId: null },
    ...{ oldSecretUntil: null, captureUntil: null, refusedCount: 0, refusedAt: null, lastDeliveryAt: null },
    ...{ createdAt: now, updatedAt: now },
  };
  if (await store.insert(row)) return { row, made };
  await dropSecret(ports, { project, kind: secretKind, name: presentName(id) });
  throw taken(name);
}

/** Throws `conflict` when a project would have more webhooks than it may. */
export function refuseTooMany(count: number): void {
  if (count <= webhooksMost) return;
  throw new ProblemError("conflict", `a project has at most ${webhooksMost} webhooks`, {
    hint: "Delete those that nobody delivers to any more.",
  });
}

/** Changes a webhook; returns it as it is then. Throws `validation_failed`, and `conflict` for what only its workflow may change. */
export async function alterWebhook(ports: Ports, hook: WebhookRow, change: Change): Promise<WebhookRow> {
  if (hook.workflowId !== null && (change.target !== undefined || change.filter !== undefined)) {
    const detail = `the webhook "${hook.name}" is a trigger of a workflow: what it starts, and when, is changed there`;
    throw new ProblemError("conflict", detail);
  }
  const { tolerance, hmac, ...rest } = change;
  const given = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined));
  refuse(
    faultsOf({
      filter: change.filter === undefined ? hook.filter : change.filter,
      target: change.target ?? hook.target,
    }),
  );
  const values = {
    ...given,
    ...(tolerance === undefined ? {} : { toleranceMs: tolerance }),
    ...(hmac === undefined ? {} : { hmac: hmacOf(hook.provider, hmac) }),
    updatedAt: ports.now(),
  };
  const row = await createWebhookStore(ports.database).change(hook.id, values, values.updatedAt);
  endpointsOf(ports).forget(hook.id);
  return row ?? hook;
}

/** Gives a webhook another secret; the present one counts beside it until the overlap is over. */
export async function rotateSecret(
  ports: Ports,
  hook: WebhookRow,
  {
    secret: given,
    overlap = overlapByDefault,
  }: { secret?: string | undefined; overlap?: number | undefined },
): Promise<Made> {
  const { project, id, provider } = hook;
  const { secret, made } = chosen(ports, provider, hook.hmac ?? hmacByDefault, given);
  const present = (await secretsOf(ports, hook)).secret;
  const store = createWebhookStore(ports.database);
  const oldSecretUntil = overlap === 0 || present === "" ? null : ports.now() + overlap;
  if (oldSecretUntil !== null) {
    await putSecret(ports, { project, kind: secretKind, name: beforeName(id) }, present);
  }
  // Before the present one goes: at no moment is one that should count refused.
  const now = ports.now();
  const row = await store.change(id, { oldSecretUntil, updatedAt: now }, now);
  await putSecret(ports, { project, kind: secretKind, name: presentName(id) }, secret);
  if (oldSecretUntil === null) await dropSecret(ports, { project, kind: secretKind, name: beforeName(id) });
  endpointsOf(ports).forget(id);
  return { row: row ?? hook, made };
}

/** Deletes a webhook with its secrets and its deliveries. */
export async function removeWebhook(ports: Ports, row: WebhookRow): Promise<void> {
  await createWebhookStore(ports.database).remove(row.id, ports.now());
  await dropSecretsOf(ports, [row]);
}

/** Forgets the secrets of webhooks that are not there any more. */
export async function dropSecretsOf(ports: Ports, rows: readonly WebhookRow[]): Promise<void> {
  for (const { project, id } of rows) {
    for (const name of [presentName(id), beforeName(id)]) {
      await dropSecret(ports, { project, kind: secretKind, name });
    }
    endpointsOf(ports).forget(id);
  }
}

function hmacOf(provider: Provider, given: HmacSettings | undefined): HmacSettings | null {
  if (provider === "hmac") return given ?? hmacByDefault;
  if (given === undefined) return null;
  refuse([{ pointer: "/hmac", detail: "is for the provider hmac" }]);
  return null;
}

function chosen(
  { random }: Pick<Ports, "random">,
  provider: Provider,
  hmac: HmacSettings,
  given: string | undefined,
): { secret: string; made: string | null } {
  const made = given === undefined ? newSecret(provider, hmac.secretEncoding, random) : null;
  const secret = given ?? made;
  if (secret === null) {
    refuse([{ pointer: "/secret", detail: `is shown by ${provider}, and must be given` }]);
    return { secret: "", made };
  }
  const fault = secretFault(provider, secret, hmac.secretEncoding);
  if (fault !== null) refuse([{ pointer: "/secret", detail: fault }]);
  return { secret, made };
}

function refuse(errors: FieldProblem[]): void {
  const [first] = errors;
  if (first === undefined) return;
  throw new ProblemError("validation_failed", `${first.pointer}: ${first.detail}`, { errors });
}

function taken(name: string): ProblemError {
  return new ProblemError("name_taken", `there is a webhook "${name}" already`);
}
