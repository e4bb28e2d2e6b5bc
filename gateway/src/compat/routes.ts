import type { Client } from "@pulse/schema/client";
import { ProblemError } from "@pulse/schema/problem";
import { runCommand } from "@pulse/schema/wire/commands";
import * as wire from "@pulse/schema/wire/compat";
import { getExecution, listExecutions } from "@pulse/schema/wire/executions";
import { listRunners, type RunnerView } from "@pulse/schema/wire/runners";
import { respond, runWorkflow } from "@pulse/schema/wire/workflow-runs";
import { getWorkflow, listWorkflows, putWorkflow, type WorkflowItem } from "@pulse/schema/wire/workflows";
import { workflowNameOf } from "@pulse/schema/workflow/workflow-name";
import { bind, type Call } from "../http/bind.ts";
import type { Deps, PulseApp } from "../http/context.ts";
import { executionOf, wholeExecutionOf, workerOf, workflowOf } from "./old-shapes.ts";
import { ownClient } from "./own-client.ts";

const pageMost = 200;
/** Definitions that are read at a time. */
const atOnce = 8;

/** Mounts the endpoints of the system before Pulse. Each goes through those of the contract as its caller; problems have their words as `error` too. */
export function mountCompat(app: PulseApp, deps: Deps): void {
  const clientOf = ({ request, requestId }: Call<unknown, unknown, unknown>) =>
    ownClient(app, request, requestId);

  app.use("/api/*", async (c, next) => {
    await next();
    if (c.res.headers.get("content-type") !== "application/problem+json") return;
    const problem: { detail: string } = await c.res.json();
    c.res = new Response(JSON.stringify({ ...problem, error: problem.detail }), c.res);
  });

  bind(app, deps, wire.oldWorkers, async (call) => {
    return { body: (await allRunners(clientOf(call), call.signal)).map(workerOf) };
  });

  bind(app, deps, wire.oldCommand, async (call) => {
    const { params, body, signal } = call;
    const client = clientOf(call);
    const runners = await allRunners(client, signal);
    const runner = runners.find(({ id, name }) => name === params.id || id === params.id);
    if (runner === undefined) throw new ProblemError("not_found", `there is no runner ${params.id}`);
    const { command, timeout } = body;
    const asked = { targets: [`name:${runner.name}`], command };
    const { id } = await client.call(runCommand, {
      body: timeout === undefined ? asked : { ...asked, timeoutMs: timeout },
      signal,
    });
    return { body: { success: true, execution_id: id } };
  });

  bind(app, deps, wire.oldWorkflows, async (call) => {
    const { signal } = call;
    const client = clientOf(call);
    const items = await allWorkflows(client, signal);
    const found = [];
    for (let at = 0; at < items.length; at += atOnce) {
      const some = items.slice(at, at + atOnce);
      found.push(
        ...(await Promise.all(
          some.map(({ name }) => client.call(getWorkflow, { params: { name }, signal })),
        )),
      );
    }
    return { body: found.map(workflowOf) };
  });

  bind(app, deps, wire.oldSave, async (call) => {
    const { body, signal } = call;
    const client = clientOf(call);
    const name = nameFor(body.name);
    const own = typeof body.definition === "string" ? parsedDefinition(body.definition) : body.definition;
    const description = body.description ?? "";
    const definition = description === "" || own.description !== undefined ? own : { ...own, description };
    const raw = JSON.stringify(definition);
    const headers = { "content-type": "application/json" };
    await refuseIfThere(client, name, signal);
    const saved = await client.call(putWorkflow, { params: { name }, raw, headers, signal });
    return { body: workflowOf(saved) };
  });

  bind(app, deps, wire.oldExecutions, async (call) => {
    const query = { filter: ofWorkflows, limit: call.query.limit };
    const { items } = await clientOf(call).call(listExecutions, { query, signal: call.signal });
    return { body: items.map(executionOf) };
  });

  bind(app, deps, wire.oldStart, async (call) => {
    const { body, signal } = call;
    const name = nameFor(body.workflow_id);
    const { id } = await clientOf(call).call(runWorkflow, {
      params: { name },
      body: { inputs: body.inputs ?? {} },
      signal,
    });
    return { body: { id, workflow_id: name, status: "running" } };
  });

  bind(app, deps, wire.oldExecutionById, async (call) => {
    const { params, signal } = call;
    const { run, ...view } = await clientOf(call).call(getExecution, { params, signal });
    if (run === undefined) throw new ProblemError("not_found", `${params.id} is no execution of a workflow`);
    return { body: wholeExecutionOf(view, run) };
  });

  bind(app, deps, wire.oldRespond, async (call) => {
    const { params, body, signal } = call;
    await clientOf(call).call(respond, { params, body, signal });
    return { body: { success: true } };
  });
}

/** Runs of workflows; a direct command runs as one that has no name of its own. */
const ofWorkflows = "kind:workflow -trigger:command";

/** The name of a workflow that is asked for by what people call it. */
function nameFor(text: string): string {
  const name = workflowNameOf(text);
  if (name !== null) return name;
  throw new ProblemError(
    "validation_failed",
    `${JSON.stringify(text)} has no letter a–z and no digit to make a name of`,
  );
}

function parsedDefinition(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return { ...value };
  } catch {
    // Said below.
  }
  throw new ProblemError("validation_failed", "/definition: must be a JSON object, or the text of one");
}

async function refuseIfThere(client: Client, name: string, signal: AbortSignal): Promise<void> {
  try {
    await client.call(getWorkflow, { params: { name }, signal });
  } catch (error) {
    if (error instanceof ProblemError && error.code === "not_found") return;
    throw error;
  }
  throw new ProblemError("name_taken", `there is a workflow ${name} already`);
}

async function allRunners(client: Client, signal: AbortSignal): Promise<RunnerView[]> {
  return await all((cursor) => client.call(listRunners, { query: { limit: pageMost, ...cursor }, signal }));
}

async function allWorkflows(client: Client, signal: AbortSignal): Promise<WorkflowItem[]> {
  return await all((cursor) => client.call(listWorkflows, { query: { limit: pageMost, ...cursor }, signal }));
}

async function all<T>(
  page: (cursor: { cursor?: string }) => Promise<{ items: T[]; nextCursor: string | null }>,
): Promise<T[]> {
  const items: T[] = [];
  for (let cursor: string | null = ""; cursor !== null; ) {
    const next: { items: T[]; nextCursor: string | null } = await page(cursor === "" ? {} : { cursor });
    items.push(...next.items);
    cursor = next.nextCursor;
  }
  return items;
}
