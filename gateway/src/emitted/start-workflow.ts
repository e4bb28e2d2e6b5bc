import { makeId } from "@pulse/schema/ids";
import { checkInputs } from "@pulse/schema/workflow/inputs";
import { depthMost } from "../executions/call-options.ts";
import { Overtaken } from "../workflows/runs/run-log.ts";
import { startPlanned } from "../workflows/runs/start-run.ts";
import { starterOf } from "../workflows/runs/starter-of.ts";
import { createWorkflowStore } from "../workflows/store.ts";
import type { Starting } from "./deliver.ts";
import { inputsFor, isMatch, TriggerFault } from "./event-texts.ts";
import { requireEmitterMayRun } from "./may-start.ts";
import { type DeliveryEnd, type DueDelivery, settling } from "./store.ts";

/**
 * Starts the run that an event's trigger asks for. The id of its execution is made of the event and the trigger, and it is written with
 * the end of the delivery: whoever tries a second time finds that it is there.
 */
export async function startWorkflow(
  { ports, log, outside }: Starting,
  delivery: DueDelivery,
): Promise<DeliveryEnd> {
  const { project, subscriber, event } = delivery;
  const workflow = await createWorkflowStore(ports.database).byName(project, subscriber);
  if (workflow === null || !workflow.enabled) return { status: "passed" };
  const { id: workflowId, name, revision } = workflow;
  const plan = await log.plan(workflowId, revision);
  const trigger = plan?.triggers.find(({ id, type }) => type === "event" && id === delivery.trigger);
  // It may have changed since.
  if (plan === null || trigger === undefined || trigger.name !== event.name) return { status: "passed" };
  if (!isMatch(trigger.match, event.data, ports.now())) return { status: "passed" };
  requireEmitterMayRun(event, workflow);
  if (event.depth > depthMost) throw new TriggerFault(`events start each other at most ${depthMost} deep`);
  const { values, problems } = checkInputs(plan.inputs, inputsFor(trigger.inputs, event.data, ports.now()));
  const [wrong] = problems;
  if (wrong !== undefined) throw new TriggerFault(`inputs${wrong.pointer}: ${wrong.detail}`);
  const id = makeId("execution", event.at, await seedOf(delivery));
  const started: DeliveryEnd = { status: "started", executionId: id };
  const startedBy = event.emitter === null ? null : starterOf(event.emitter);
  const admitted = await outside.admit(project, id, event.id);
  try {
    await startPlanned(
      ports,
      log,
      {
        ...{ project, startedBy, caller: null, parent: null, event: event.data },
        trigger: { type: "event", event: event.id, name: event.name, trigger: trigger.id, by: event.by },
      },
      { id, name, workflowId, revision, plan, depth: event.depth, inputs: values },
      [settling(delivery, started)],
    );
  } catch (error) {
    // Somebody else has started it.
    if (!(error instanceof Overtaken)) throw error;
  } finally {
    admitted();
  }
  return started;
}

async function seedOf({ event, subscriber, trigger }: DueDelivery): Promise<Uint8Array> {
  const text = new TextEncoder().encode(JSON.stringify([event.id, subscriber, trigger]));
  return new Uint8Array(await crypto.subtle.digest("SHA-256", text)).subarray(0, 10);
}
