import * as z from "zod";
import { endpoint } from "../endpoint.ts";
import { jsonValue } from "./fields.ts";

/**
 * The endpoints of the system before Pulse, served while `PULSE_COMPAT` is on. They are no part of the contract: each stands for endpoints of it, through which it goes
 * with its caller's credential. The ids of workers and of workflows are names here.
 */

/** A runner. */
export const oldWorker = z.object({
  id: z.string(),
  name: z.string(),
  status: z.enum(["online", "offline"]),
  last_heartbeat: z.string().nullable(),
  metadata: z.record(z.string(), z.unknown()),
});
export type OldWorker = z.output<typeof oldWorker>;

export const oldWorkflow = z.object({
  id: z.string(),
  name: z.string(),
  description: z.string().nullable(),
  definition: z.record(z.string(), z.unknown()),
  created_at: z.string(),
  updated_at: z.string(),
});
export type OldWorkflow = z.output<typeof oldWorkflow>;

const oldStatuses = ["running", "waiting", "completed", "failed", "aborted"] as const;
export type OldStatus = (typeof oldStatuses)[number];

/** An execution of a workflow. */
export const oldExecution = z.object({
  id: z.string(),
  workflow_id: z.string(),
  workflow_name: z.string(),
  status: z.enum(oldStatuses),
  started_by: z.string().nullable(),
  started_at: z.string(),
  completed_at: z.string().nullable(),
});
export type OldExecution = z.output<typeof oldExecution>;

/** One with its steps and the question that it waits with. */
export const oldExecutionWhole = oldExecution.extend({
  waiting_for_input: z.boolean(),
  prompt: z.object({ message: z.string(), options: z.array(z.string()) }).nullable(),
  logs: z.array(
    z.object({
      step: z.string(),
      type: z.string(),
      status: z.string(),
      started_at: z.string().nullable(),
      completed_at: z.string().nullable(),
      error: z.string().nullable(),
      results: z.array(
        z.object({
          worker: z.string(),
          execution_id: z.string().nullable(),
          success: z.boolean(),
          exit_code: z.number().int().nullable(),
          /** Why nothing was run there, or how it failed, in words. */
          error: z.string().nullable(),
        }),
      ),
    }),
  ),
});
export type OldExecutionWhole = z.output<typeof oldExecutionWhole>;

const shared = { tag: "compatibility", statuses: [200] } as const;
/** What it stands for has the entry. */
const audit = { exempt: "the endpoint of the contract that it goes through is in the audit" } as const;
const done = z.object({ success: z.literal(true) });
const byId = z.object({ id: z.string() });
const mostBytes = 2 * 2 ** 20;

export const oldWorkers = endpoint({
  ...shared,
  method: "GET",
  path: "/api/workers",
  summary: "Runners, as `GET /v1/runners`",
  scope: "read",
  answer: z.array(oldWorker),
});

export const oldCommand = endpoint({
  ...shared,
  audit,
  method: "POST",
  path: "/api/workers/:id/command",
  summary: "Run a command on one runner, as `POST /v1/commands`",
  scope: "execute",
  params: byId,
  body: z.object({
    command: z.string().min(1),
    /** Milliseconds. */
    timeout: z.number().int().min(1).optional(),
  }),
  answer: done.extend({ execution_id: z.string() }),
});

export const oldWorkflows = endpoint({
  ...shared,
  method: "GET",
  path: "/api/workflows",
  summary: "Workflows with their definitions, as `GET /v1/workflows`",
  scope: "read",
  answer: z.array(oldWorkflow),
});

export const oldSave = endpoint({
  ...shared,
  audit,
  method: "POST",
  path: "/api/workflows",
  summary: "Save a new workflow, as `PUT /v1/workflows/:name`; 409 when there is one of its name",
  scope: "deploy",
  bodyMostBytes: mostBytes,
  body: z.object({
    name: z.string().min(1).max(255),
    description: z.string().nullable().optional(),
    /** The definition, or its JSON text. */
    definition: z.union([z.string(), z.record(z.string(), jsonValue)]),
  }),
  answer: oldWorkflow,
});

export const oldExecutions = endpoint({
  ...shared,
  method: "GET",
  path: "/api/executions",
  summary: "Executions of workflows, newest first, as `GET /v1/executions?kind=workflow`",
  scope: "read",
  query: z.object({ limit: z.coerce.number().int().min(1).max(200).default(50) }),
  answer: z.array(oldExecution),
});

export const oldStart = endpoint({
  ...shared,
  audit,
  method: "POST",
  path: "/api/executions",
  summary: "Start a workflow, as `POST /v1/workflows/:name/executions`",
  scope: "execute",
  body: z.object({
    /** Its name, or its name as people wrote it. */
    workflow_id: z.string().min(1).max(255),
    inputs: z.record(z.string(), jsonValue).optional(),
  }),
  answer: z.object({ id: z.string(), workflow_id: z.string(), status: z.enum(oldStatuses) }),
});

export const oldExecutionById = endpoint({
  ...shared,
  method: "GET",
  path: "/api/executions/:id",
  summary: "One execution of a workflow, as `GET /v1/executions/:id`",
  scope: "read",
  params: byId,
  answer: oldExecutionWhole,
});

export const oldRespond = endpoint({
  ...shared,
  audit,
  method: "POST",
  path: "/api/executions/:id/respond",
  summary: "Answer the prompt that is open, as `POST /v1/executions/:id/respond`",
  scope: "execute",
  params: byId,
  body: z.object({ response: z.string() }),
  answer: done,
});
