import { makeId } from "@pulse/schema/ids";
import { ProblemError } from "@pulse/schema/problem";
import type { Starter } from "@pulse/schema/tables";
import type { Receipt } from "@pulse/schema/wire/deliveries";
import type { HeaderList } from "@pulse/schema/wire/job";
import { hmacByDefault } from "@pulse/schema/wire/webhooks";
import { headersToFunction } from "../executions/forwarded-headers.ts";
import { sha256Hex } from "../http/encoding.ts";
import { tooLarge } from "../http/read-body.ts";
import { createDeliveryStore, type DeliveryRow } from "./delivery-store.ts";
import { countingSecrets, type Endpoint } from "./known-endpoints.ts";
import { payloadOf } from "./payload.ts";
import { claimMs, planOf, type StartDeps, startDelivery, tellFollowers } from "./start-delivery.ts";
import { createWebhookStore, type WebhookRow } from "./store.ts";
import { withTraceparent } from "./trace-delivery.ts";
import { slackChallenge } from "./verify/payments.ts";
import { type Incoming, unsigned, withBody } from "./verify/proof.ts";
import { aboutOf, verify } from "./verify/verify.ts";

/** A request that was sent to an endpoint. */
export interface Sent {
  headers: HeaderList;
  body: Uint8Array<ArrayBuffer>;
  requestId: string;
  /** How many calls through the gateway led here. */
  depth: number;
  /** The `traceparent` of the request; absent or null: it is a part of nothing. */
  traceparent?: string | null;
  /** Who has it sent; absent: the provider sends it. */
  startedBy?: Starter;
}

/** What the sender is told: a receipt, or the word that Slack wants to hear. */
export type Told =
  | { kind: "receipt"; receipt: Receipt; isForm: boolean }
  | { kind: "challenge"; challenge: string };

/** Deliveries of one webhook that may wait to be started. */
const waitingMost = 5000;
/** The sender has its answer after this, whether or not what it sent for has been started. */
const answerMs = 5000;
/** These would tell whoever reads a delivery how to send one: credentials, and what proves these bytes wherever they come from. */
const proofNames = /^(authorization|cookie|x-gitlab-token)$|signature/;

/** Checks a request by the endpoint's settings; throws as `verify` does, then `payload_too_large`, and `unsupported_media_type` for what is encoded. */
export async function check(endpoint: Endpoint, { headers, body }: Sent, now: number) {
  const { hook } = endpoint;
  const list = new Headers(headers);
  const incoming: Incoming = { header: (name) => list.get(name), body };
  const checks = { provider: hook.provider, hmac: hook.hmac ?? hmacByDefault, toleranceMs: hook.toleranceMs };
  const { time } = await verify(incoming, checks, countingSecrets(endpoint, now), now);
  if (body.length > hook.maxBytes) throw tooLarge(hook.maxBytes);
  refuseEncodings(list);
  const payload = payloadOf(hook.provider, list.get("content-type"), body);
  const about = aboutOf(incoming, payload, checks);
  // Without an id of its own a request is known by what was signed.
  const signed = time === null ? body : withBody(`${time}.`, body);
  return { payload, ...about, deliveryId: about.delivery ?? `sha256:${await sha256Hex(signed)}` };
}

/**
 * Takes a request that was checked: stores it once, and starts what it is for. Before the answer it is on disk; what could not be started by then
 * is started later. `admit` throws where too many came. Throws `delivery_id_conflict` for another body under a known id.
 */
export async function take(
  deps: StartDeps,
  endpoint: Endpoint,
  sent: Sent,
  admit: () => Promise<void> = async () => undefined,
): Promise<Told> {
  const { ports } = deps;
  const { hook } = endpoint;
  const now = ports.now();
  const checked = await check(endpoint, sent, now);
  const challenge = hook.provider === "slack" ? slackChallenge(checked.payload) : null;
  if (challenge !== null) return { kind: "challenge", challenge };
  if (!hook.enabled) throw new ProblemError("conflict", "this webhook is disabled");
  await admit();
  const deliveries = createDeliveryStore(ports.database);
  if ((await deliveries.waiting(hook.id, waitingMost)) >= waitingMost) {
    const detail = `${waitingMost} deliveries of this webhook wait to be started already`;
    throw new ProblemError("rate_limited", detail, { retryAfter: 60 });
  }
  const { body, requestId, depth, traceparent = null, startedBy = null } = sent;
  const headers = withTraceparent(sent.headers, traceparent);
  const row = newDelivery(deps, hook, {
    ...{ deliveryId: checked.deliveryId, event: checked.event, resendOf: null, startedBy, depth, body },
    bodySha256: await sha256Hex(body),
    headers: withoutProof(hook, headersToFunction(headers, { requestId, dropAuthorization: true })),
  });
  const isForm = /^application\/x-www-form-urlencoded/i.test(new Headers(headers).get("content-type") ?? "");
  const hooks = createWebhookStore(ports.database);
  const isCaptured = (hook.captureUntil ?? 0) > now && (await hooks.takeCapture(hook.id, now));
  if (isCaptured) Object.assign(row, { status: "captured", target: null, executionId: null });
  const added = await deliveries.add(row);
  if (added === "gone") throw unsigned();
  if (added === "known") {
    if (isCaptured) await hooks.change(hook.id, { captureUntil: hook.captureUntil }, now);
    return { kind: "receipt", isForm, receipt: await repeated(deps, hook, row) };
  }
  // What passed the filter is counted as it starts something, or fails to.
  if (row.status !== "waiting") ports.ended?.add("delivery", row.status);
  return { kind: "receipt", isForm, receipt: await begin(deps, hook, row) };
}

/** A delivery's row as it is first written: what it comes to is decided already. */
export function newDelivery(
  { ports }: Pick<StartDeps, "ports">,
  hook: WebhookRow,
  made: Pick<
    DeliveryRow,
    "deliveryId" | "event" | "resendOf" | "startedBy" | "depth" | "bodySha256" | "headers"
  > & {
    body: Uint8Array<ArrayBuffer>;
  },
): DeliveryRow {
  const now = ports.now();
  const row = {
    ...{ id: makeId("delivery", now, ports.random(10)), project: hook.project, webhookId: hook.id },
    ...{ ...made, body: made.body as DeliveryRow["body"], bytes: made.body.length, receivedAt: now },
    ...{ status: "waiting" as const, error: null, tries: 1, nextAt: now + claimMs, target: hook.target },
  };
  const plan = planOf(hook, hook.filter, row);
  const over = { ...row, target: null, executionId: null };
  if (plan.do === "nothing") return { ...over, status: "filtered" };
  if (plan.do === "fail") return { ...over, status: "failed", error: plan.error };
  // Of a function it is known when it is there.
  const executionId = "function" in hook.target ? null : makeId("execution", now, ports.random(10));
  return { ...row, executionId };
}

/** Starts what a stored delivery is for and says what became of it, within a few seconds. */
export async function begin(deps: StartDeps, hook: WebhookRow, row: DeliveryRow): Promise<Receipt> {
  if (row.status !== "waiting") tellFollowers(deps, hook);
  if (row.status === "filtered" || row.status === "captured") {
    return { status: row.status, delivery: row.id, executionId: null };
  }
  const begun = row.status === "waiting" ? startDelivery(deps, hook, row) : Promise.resolve(null);
  deps.ports.background(begun);
  let cancel = (): void => undefined;
  const late = new Promise<null>((resolve) => {
    cancel = deps.ports.timer(answerMs, () => resolve(null));
  });
  const executionId = await Promise.race([begun.catch(() => null), late]);
  cancel();
  return { status: "accepted", delivery: row.id, executionId };
}

async function repeated(deps: StartDeps, hook: WebhookRow, row: DeliveryRow): Promise<Receipt> {
  const first = await createDeliveryStore(deps.ports.database).first(hook.id, row.deliveryId);
  if (first !== null && first.bodySha256 !== row.bodySha256) {
    const which = { webhook: hook.id, delivery: first.id };
    deps.ports.log.warn("a signed delivery has the id of an earlier one and another body", which);
    throw new ProblemError("delivery_id_conflict", "a delivery with this id and another body came before");
  }
  const receipt = { status: "duplicate" as const, delivery: first?.id ?? row.id };
  // Whoever began it may be gone; it is started once, however many try.
  if (first?.status === "waiting") return { ...(await begin(deps, hook, first)), ...receipt };
  return { ...receipt, executionId: first?.status === "started" ? first.executionId : null };
}

function withoutProof({ hmac }: WebhookRow, headers: HeaderList): HeaderList {
  const own = (hmac ?? hmacByDefault).header.toLowerCase();
  return headers.filter(([name]) => !proofNames.test(name) && name !== own);
}

function refuseEncodings(headers: Headers): void {
  const encoding = headers.get("content-encoding");
  if (encoding !== null && encoding.trim().toLowerCase() !== "identity") {
    throw new ProblemError("unsupported_media_type", `the body must not be encoded, got ${encoding}`);
  }
  const charset = /;\s*charset\s*=\s*"?([^";\s]+)/i.exec(headers.get("content-type") ?? "")?.[1];
  if (charset !== undefined && !/^(utf-?8|us-ascii)$/i.test(charset)) {
    throw new ProblemError("unsupported_media_type", `the body must be UTF-8, got ${charset}`);
  }
}
