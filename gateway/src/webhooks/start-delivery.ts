import { ProblemError } from "@pulse/schema/problem";
import type { HeaderList } from "@pulse/schema/wire/job";
import { invoke } from "../executions/invoke.ts";
import { createResolver } from "../functions/resolve.ts";
import type { Hub } from "../hub.ts";
import type { Ports } from "../ports.ts";
import { Overtaken, runLogOf } from "../workflows/runs/run-log.ts";
import { startRun } from "../workflows/runs/start-run.ts";
import { createDeliveryStore, type DeliveryRow } from "./delivery-store.ts";
import { eventOfDelivery } from "./event-of-delivery.ts";
import { payloadOf } from "./payload.ts";
import { type Plan, planDelivery } from "./plan-delivery.ts";
import { createWebhookStore, type WebhookRow } from "./store.ts";
import { traceDelivery } from "./trace-delivery.ts";

/** What starting needs. */
export interface StartDeps {
  ports: Ports;
  hub: Hub;
  publicUrl: string;
}

/** A try that was begun and of which nothing is known is made again after this. */
export const claimMs = 20_000;
const firstRetryMs = 1000;
const longestRetryMs = 300_000;
const giveUpMs = 24 * 3_600_000;

/** What a delivery is to start, by its own target; `filter` is what has it start nothing. */
export function planOf(
  hook: WebhookRow,
  filter: string | null,
  row: Omit<DeliveryRow, "executionId" | "tries">,
): Plan {
  if (row.body === null) return { do: "fail", error: "the request is no longer kept" };
  const body = new Uint8Array(row.body);
  const headers = Object.fromEntries(row.headers);
  const payload = payloadOf(hook.provider, headers["content-type"] ?? null, body);
  const { id, name, provider } = hook;
  return planDelivery(
    { filter, target: row.target ?? hook.target },
    {
      ...{ payload, headers, event: row.event, webhook: { id, name, provider } },
      delivery: { id: row.deliveryId, receivedAt: new Date(row.receivedAt).toISOString() },
    },
    row.receivedAt,
  );
}

/**
 * Starts what a delivery is for, at most once however often it is tried: an execution of a function by the delivery's id as its idempotency key,
 * one of a workflow by an id that the delivery has from the beginning. Returns its id; null: not now, or never, as its row then says.
 */
export async function startDelivery(
  deps: StartDeps,
  hook: WebhookRow,
  row: DeliveryRow,
): Promise<string | null> {
  const { ports } = deps;
  const settle = async (values: Partial<DeliveryRow>) => {
    await createDeliveryStore(ports.database).settle(row.id, values, ports.now());
    if (values.status !== undefined && values.status !== "waiting")
      ports.ended?.add("delivery", values.status);
    tellFollowers(deps, hook);
  };
  // It passed the filter when it came.
  const plan = planOf(hook, null, row);
  if (plan.do !== "run") {
    const error = plan.do === "fail" ? plan.error : null;
    await settle({ status: plan.do === "fail" ? "failed" : "filtered", error });
    return null;
  }
  const span = traceDelivery(ports, hook, row);
  try {
    const executionId = await started(deps, hook, { ...row, traceparent: span.traceparent }, plan.input);
    span.started(executionId);
    await settle({ status: "started", executionId, error: null });
    return executionId;
  } catch (error) {
    const after = afterFault(error, row, ports.now());
    span.failed(after.status ?? "waiting", error);
    await settle(after);
    ports.log.warn("a delivery could not start what it is for", { webhook: hook.id, delivery: row.id });
    ports.deliveryWaits?.();
    return null;
  }
}

/** Those who follow the project look again: something of a delivery is on disk. They look by themselves, only later, if this is lost. */
export function tellFollowers({ ports, hub }: StartDeps, { project }: Pick<WebhookRow, "project">): void {
  ports.background(hub.changed({ project, quiet: true }));
}

function afterFault(error: unknown, row: DeliveryRow, now: number): Partial<DeliveryRow> {
  const isOurs = error instanceof ProblemError;
  const detail = isOurs ? error.message : "something went wrong on our side";
  const isPassing =
    !isOurs || error.status >= 500 || error.status === 429 || error.code === "version_not_ready";
  if (!isPassing || now - row.receivedAt > giveUpMs) return { status: "failed", error: detail };
  const delay = Math.min(longestRetryMs, firstRetryMs * 2 ** Math.min(row.tries, 20));
  return { error: detail, nextAt: now + delay };
}

async function started(
  deps: StartDeps,
  hook: WebhookRow,
  row: DeliveryRow & { traceparent: string | null },
  input: unknown,
): Promise<string> {
  const { ports, hub } = deps;
  const { project } = hook;
  // Its own, whatever its webhook starts by now: it may have been started already.
  const target = row.target ?? hook.target;
  const trigger = {
    type: "webhook" as const,
    ...{ webhook: hook.name, webhookId: hook.id, provider: hook.provider },
    ...{ delivery: row.id, deliveryId: row.deliveryId, event: row.event },
  };
  if ("function" in target) {
    const found = await createResolver(deps).resolve(project, target.function);
    const bytes = input === undefined ? bodyOf(row) : new TextEncoder().encode(JSON.stringify(input));
    const headers: HeaderList = input === undefined ? row.headers : jsonHeaders(row.headers, bytes.length);
    const { id } = await invoke(
      deps,
      {
        ...{ project, target: found, credential: hook.id, parentId: null, trigger },
        request: { method: "POST", url: `${deps.publicUrl}/hooks/${hook.id}`, path: "/", headers },
        body: bytes.length === 0 ? { at: "none" } : { at: "bytes", bytes },
        options: {
          ...{ reply: "accept", waitMs: 0, timeoutMs: null, idempotencyKey: row.id },
          ...{ depth: row.depth, traceparent: row.traceparent, applied: null },
        },
      },
      new AbortController().signal,
    );
    return id;
  }
  const id = row.executionId;
  if (id === null) throw new Error(`the delivery ${row.id} to a workflow has no id for its run`);
  if (await createDeliveryStore(ports.database).hasRun(id)) return id;
  try {
    await startRun(ports, runLogOf(ports), {
      ...{ id, project, workflow: target.workflow, trigger, parent: null, caller: hook.id, calls: row.depth },
      traceparent: row.traceparent,
      // Made of objects when it was saved.
      inputs: input as Record<string, unknown>,
      event: eventOfDelivery(hook, row),
      // What a provider sends is nobody's: what it says of people are inputs and no more.
      startedBy: row.startedBy ?? { kind: "webhook", id: hook.id, name: hook.name, userId: null },
    });
  } catch (error) {
    // Another one tried it at the same time: the run is there.
    if (!(error instanceof Overtaken) || !(await createDeliveryStore(ports.database).hasRun(id))) throw error;
  }
  // It is on disk: if the word gets lost, the engine finds it by itself.
  ports.background(hub.changed({ project }));
  return id;
}

function bodyOf({ body }: DeliveryRow): Uint8Array<ArrayBuffer> {
  return new Uint8Array(body ?? []);
}

function jsonHeaders(headers: HeaderList, length: number): HeaderList {
  const about = new Set(["content-type", "content-length", "content-encoding"]);
  return [
    ...headers.filter(([name]) => !about.has(name)),
    ["content-type", "application/json"],
    ["content-length", String(length)],
  ];
}

const atOnce = 8;
const stepsMost = 20;

/**
 * Starts what is due and was left: by a process that ended, or for a fault that passes. What is left then waits for the next time; returns when
 * that is (epoch ms), or null.
 */
export async function startLeft(deps: StartDeps): Promise<number | null> {
  const store = createDeliveryStore(deps.ports.database);
  const hooks = createWebhookStore(deps.ports.database);
  for (let step = 0; step < stepsMost; step++) {
    const due = await store.due(deps.ports.now(), atOnce);
    await Promise.all(
      due.map(async (one) => {
        const row = await store.claim(one, deps.ports.now() + claimMs);
        const hook = row === null ? null : await hooks.byId(row.webhookId);
        if (row !== null && hook === null) {
          await store.settle(
            row.id,
            { status: "failed", error: "its webhook was deleted" },
            deps.ports.now(),
          );
          deps.ports.ended?.add("delivery", "failed");
        }
        if (row !== null && hook !== null) await startDelivery(deps, hook, row);
      }),
    );
    if (due.length < atOnce) break;
  }
  return await store.nextAt();
}
