import { sql } from "drizzle-orm";
import { index, integer, primaryKey, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";

/** Who may view, run, edit a workflow and answer its prompts: `group:…`, `role:…`, `user:…`, `key:…`. */
export interface WorkflowPermissions {
  view?: string[] | undefined;
  run?: string[] | undefined;
  edit?: string[] | undefined;
  approve?: string[] | undefined;
}

/** Who disabled a workflow, when (epoch milliseconds), and why. */
export interface DisabledNote {
  reason: string | null;
  by: string;
  at: number;
}

/** A workflow by its name; what it says is in its revisions. */
export const workflows = sqliteTable(
  "workflows",
  {
    id: text().primaryKey(),
    project: text().notNull(),
    name: text().notNull(),
    description: text(),
    enabled: integer({ mode: "boolean" }).notNull().default(true),
    /** The newest revision, with its hash and its number of steps. */
    revision: integer().notNull(),
    hash: text().notNull(),
    steps: integer().notNull(),
    createdAt: integer().notNull(),
    updatedAt: integer().notNull(),
    tags: text({ mode: "json" }).$type<string[]>().notNull(),
    /** What starts it by itself, as the newest revision says. */
    triggers: text({ mode: "json" }).$type<unknown[]>().notNull().default([]),
    /** Who may do what with it, as the newest definition has it; null: whose role allows it. */
    permissions: text({ mode: "json" }).$type<WorkflowPermissions | null>(),
    /** Why it may not be started, when it is disabled. */
    disabled: text({ mode: "json" }).$type<DisabledNote | null>(),
  },
  (t) => [
    uniqueIndex("workflows_name").on(t.project, t.name),
    index("workflows_viewed").on(t.project, t.name).where(sql`permissions ->> '$.view' IS NOT NULL`),
  ],
);

/** Never changed once written, and kept when the workflow is deleted: executions are pinned to them. */
export const workflowRevisions = sqliteTable(
  "workflow_revisions",
  {
    workflowId: text().notNull(),
    revision: integer().notNull(),
    project: text().notNull(),
    /** SHA-256 of the definition's canonical JSON. */
    hash: text().notNull(),
    createdAt: integer().notNull(),
    createdBy: text(),
    definition: text({ mode: "json" }).$type<unknown>().notNull(),
  },
  (t) => [primaryKey({ columns: [t.workflowId, t.revision] })],
);

/** Workflows that were deleted and said who may view them: what they ran stays theirs to see alone. */
export const deletedWorkflows = sqliteTable(
  "deleted_workflows",
  {
    id: text().primaryKey(),
    project: text().notNull(),
    name: text().notNull(),
    permissions: text({ mode: "json" }).$type<WorkflowPermissions>().notNull(),
    /** Epoch milliseconds. */
    deletedAt: integer().notNull(),
  },
  (t) => [index("deleted_workflows_name").on(t.project, t.name)],
);

/** Who started a run. */
export interface Starter {
  kind: string;
  id: string;
  name: string;
  userId: string | null;
}

/** What an execution of kind `workflow` has besides its row in `executions`. */
export const workflowRuns = sqliteTable(
  "workflow_runs",
  {
    executionId: text().primaryKey(),
    project: text().notNull(),
    workflowId: text().notNull(),
    revision: integer().notNull(),
    /** The run and the command of it that asked for this one; null: nobody but a caller did. */
    parentId: text(),
    parentKey: text(),
    /** The run at the top, above all others that led to this one; itself when there is none. */
    rootId: text().notNull(),
    /** How many runs stand above it. */
    depth: integer().notNull(),
    /** The last event of its log. */
    seq: integer().notNull(),
    /** Up to this event everything that was asked of the world was done; above it, it is asked again. */
    performed: integer().notNull(),
    startedBy: text({ mode: "json" }).$type<Starter | null>(),
  },
  (t) => [
    uniqueIndex("workflow_runs_child").on(t.parentId, t.parentKey),
    index("workflow_runs_root").on(t.rootId),
    index("workflow_runs_asking").on(t.project, t.executionId).where(sql`performed < seq`),
  ],
);

/** The log of a run: causes and the facts that followed, in order and only ever added to. Its key is what lets one writer in. */
export const workflowEvents = sqliteTable(
  "workflow_events",
  {
    executionId: text().notNull(),
    seq: integer().notNull(),
    project: text().notNull(),
    type: text().notNull(),
    at: integer().notNull(),
    entry: text({ mode: "json" }).$type<unknown>().notNull(),
  },
  (t) => [primaryKey({ columns: [t.executionId, t.seq] })],
);

/** What the log of a run came to at one of its events: reading goes on from there. */
export const workflowSnapshots = sqliteTable("workflow_snapshots", {
  executionId: text().primaryKey(),
  project: text().notNull(),
  seq: integer().notNull(),
  state: text({ mode: "json" }).$type<unknown>().notNull(),
});

/** Times that runs wait for. */
export const workflowTimers = sqliteTable(
  "workflow_timers",
  {
    executionId: text().notNull(),
    key: text().notNull(),
    project: text().notNull(),
    /** Epoch milliseconds. */
    at: integer().notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.executionId, t.key] }),
    index("workflow_timers_at").on(t.at),
    index("workflow_timers_project").on(t.project, t.at),
  ],
);

/** Executions that runs asked for and whose ends they have not taken yet. */
export const workflowChildren = sqliteTable(
  "workflow_children",
  {
    executionId: text().notNull(),
    key: text().notNull(),
    /** The target of a job; "" for a function and for another workflow. */
    target: text().notNull(),
    project: text().notNull(),
    kind: text({ enum: ["job", "workflow"] }).notNull(),
    /** Null until it is submitted. */
    childId: text(),
  },
  (t) => [
    primaryKey({ columns: [t.executionId, t.key, t.target] }),
    index("workflow_children_child").on(t.childId),
    index("workflow_children_project").on(t.project),
  ],
);

/** Places among the steps of a project that have the same concurrency key: held, or queued for. */
export const workflowSlots = sqliteTable(
  "workflow_slots",
  {
    executionId: text().notNull(),
    /** The command that asks for it. */
    key: text().notNull(),
    project: text().notNull(),
    /** The concurrency key. */
    slot: text().notNull(),
    /** How many may hold one at once. */
    most: integer().notNull(),
    state: text({ enum: ["queued", "held"] }).notNull(),
    /** Whether its run knows that it holds it. */
    told: integer({ mode: "boolean" }).notNull(),
    at: integer().notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.executionId, t.key] }),
    index("workflow_slots_slot").on(t.project, t.slot, t.state),
    index("workflow_slots_open").on(t.state, t.told, t.at),
  ],
);

/** One answer to a prompt. */
export interface PromptAnswer {
  by: string;
  response: string;
  form?: Record<string, unknown>;
  at: number;
}

/** What people are asked, and what they said. */
export const prompts = sqliteTable(
  "prompts",
  {
    id: text().primaryKey(),
    project: text().notNull(),
    executionId: text().notNull(),
    /** The command that asks. */
    key: text().notNull(),
    /** Path of the step; null when the run itself asks. */
    step: text(),
    message: text().notNull(),
    openedAt: integer().notNull(),
    expiresAt: integer(),
    closedAt: integer(),
    closedBecause: text({ enum: ["answered", "expired", "cancelled"] }),
    /** Who decided, and what. */
    answeredBy: text(),
    response: text(),
    options: text({ mode: "json" }).$type<unknown>().notNull(),
    form: text({ mode: "json" }).$type<unknown>().notNull(),
    approvers: text({ mode: "json" }).$type<unknown>(),
    answers: text({ mode: "json" }).$type<PromptAnswer[]>().notNull(),
  },
  (t) => [
    uniqueIndex("prompts_key").on(t.executionId, t.key),
    index("prompts_open").on(t.project, t.id).where(sql`closed_at IS NULL`),
  ],
);
