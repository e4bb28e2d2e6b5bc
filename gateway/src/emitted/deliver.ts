import { ProblemError } from "@pulse/schema/problem";
import type { Ports } from "../ports.ts";
import type { Outside } from "../workflows/runs/outside.ts";
import type { RunLog } from "../workflows/runs/run-log.ts";
import { TriggerFault } from "./event-texts.ts";
import { startWorkflow } from "./start-workflow.ts";
import { createEmittedStore, type DeliveryEnd, type DueDelivery } from "./store.ts";

const firstAgainMs = 1000;
const againMostMs = 300_000;
const givenUpMs = 24 * 3_600_000;

/** What starting needs of the gateway around it. */
export interface Starting {
  ports: Ports;
  log: RunLog;
  outside: Pick<Outside, "admit" | "startFunction">;
}

/**
 * Starts what events are to start: those of one subscriber in the order of their events, different ones side by side. What is refused for
 * good is noted so; anything else is tried again for a day.
 */
export async function deliverEvents(starting: Starting, due: readonly DueDelivery[]): Promise<void> {
  const lines = Map.groupBy(due, ({ project, kind, subscriber }) => `${project} ${kind} ${subscriber}`);
  await Promise.all(
    [...lines.values()].map(async (line) => {
      for (const delivery of line) await deliver(starting, delivery);
    }),
  );
}

async function deliver(starting: Starting, delivery: DueDelivery): Promise<void> {
  const { ports, outside } = starting;
  let end: DeliveryEnd;
  try {
    end =
      delivery.kind === "workflow"
        ? await startWorkflow(starting, delivery)
        : await outside.startFunction(delivery);
  } catch (error) {
    end = afterFault(error, delivery, ports);
  }
  await createEmittedStore(ports.database).settle(delivery, end);
}

function afterFault(error: unknown, delivery: DueDelivery, { now, log }: Ports): DeliveryEnd {
  const { event, subscriber, attempts } = delivery;
  const fields = { event: event.id, name: event.name, subscriber };
  const text = error instanceof Error ? error.message : String(error);
  const isFinal = error instanceof TriggerFault || (error instanceof ProblemError && isRefusal(error));
  if (isFinal || now() - event.at > givenUpMs) {
    log.warn("an event did not start what it should", { ...fields, why: text });
    return { status: "failed", error: text };
  }
  if (!(error instanceof ProblemError)) {
    log.error("an event did not start what it should; it is tried again", error, fields);
  }
  const againMs = Math.min(againMostMs, firstAgainMs * 2 ** Math.min(attempts, 20));
  return { status: "waiting", nextAt: now() + againMs, error: text };
}

function isRefusal({ status, code }: ProblemError): boolean {
  if (status === 429 || code === "version_not_ready") return false;
  return status < 500 || code === "loop_detected";
}
