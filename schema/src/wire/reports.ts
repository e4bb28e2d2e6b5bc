import * as z from "zod";
import { endpoint } from "../endpoint.ts";
import { timeField } from "./fields.ts";

/** The reports that there are, each with its columns. */
export const reportColumns = {
  /** Who ran what, where. One row for each execution. */
  runs: [
    ...["createdAt", "id", "kind", "name", "version", "status", "reason", "who", "trigger"],
    ...["parent", "runner", "startedAt", "endedAt", "attempts"],
  ],
  /** Who was asked and who decided what. One row for each question of a workflow. */
  approvals: [
    ...["askedAt", "prompt", "execution", "workflow", "step", "message", "closedAt"],
    ...["closedBecause", "decidedBy", "decision", "answers"],
  ],
  /** What changed in who may do what: people, roles, sign-ins, keys, secrets, runners, projects, permissions of functions. One row for each entry of the audit. */
  access: [
    "at",
    "seq",
    "actor",
    "actorKind",
    "action",
    "target",
    "outcome",
    "address",
    "before",
    "after",
    "details",
  ],
  /** What was decided about keeping, and what was forgotten, read, handed over and erased. One row for each entry of the audit. */
  retention: [
    "at",
    "seq",
    "actor",
    "actorKind",
    "action",
    "target",
    "outcome",
    "address",
    "before",
    "after",
    "details",
  ],
} as const;

export const reportKind = z.enum(["runs", "approvals", "access", "retention"]);
export type ReportKind = z.output<typeof reportKind>;

const reportView = z.object({
  kind: reportKind,
  columns: z.array(z.string()),
  /** What was before this may have been removed by retention; null: nothing was. */
  completeSince: timeField.nullable(),
});

export const listReports = endpoint({
  method: "GET",
  path: "/v1/reports",
  tag: "reports",
  summary: "The reports that there are, their columns, and since when each is complete",
  scope: "admin",
  answer: z.object({ items: z.array(reportView) }),
  statuses: [200],
});

export const getReport = endpoint({
  method: "GET",
  path: "/v1/reports/:kind",
  tag: "reports",
  summary:
    "A report over a period, oldest first: CSV (cells that a spreadsheet would calculate are quoted), JSON lines, or a page to print. Pulse-Complete-Since says what retention has left",
  scope: "admin",
  params: z.object({ kind: reportKind }),
  query: z.strictObject({
    /** From then on; 30 days ago unless said. */
    since: timeField.optional(),
    /** Before then; now unless said. */
    until: timeField.optional(),
    format: z.enum(["csv", "ndjson", "html"]).default("csv"),
  }),
  statuses: [200],
  rawAnswer: ["text/csv", "application/x-ndjson", "text/html"],
  audit: { action: "report.read" },
});
