import * as z from "zod";
import { variableName, variableValue } from "../command-environment.ts";
import { endpoint } from "../endpoint.ts";
import { executionStatuses } from "../status.ts";
import { targetsField } from "../workflow/fields.ts";
import {
  commandArgument,
  commandMostChars,
  commandName,
  folderField,
  shellField,
  userField,
} from "./command.ts";
import { timeField } from "./fields.ts";

const text = z.string().min(1).max(commandMostChars);
const longestMs = 86_400_000;

/** What is run on which machines; of `command`, `script` and `commandRef` exactly one. */
export const directCommand = z
  .strictObject({
    /** As a workflow's step names them: `["web & prod"]`, `["all", "!db-1"]`, or with `select`, `where` and `strategy`. */
    targets: targetsField,
    /** A line for the shell, as it is: nothing in it is a template. */
    command: text.optional(),
    /** A whole script; its first line may name an interpreter. */
    script: text.optional(),
    /** A command that the runners describe themselves, with its arguments. */
    commandRef: commandName.optional(),
    args: z.record(z.string(), commandArgument).optional(),
    shell: shellField.optional(),
    cwd: folderField.optional(),
    user: userField.optional(),
    env: z.record(variableName, variableValue).optional(),
    successCodes: z.array(z.number().int().min(0).max(255)).min(1).max(256).optional(),
    /** How long it may run on each machine; absent: five minutes. */
    timeoutMs: z.number().int().min(1).max(longestMs).optional(),
    /** When a machine falls silent: its command is `lost` after five minutes, or waited for up to a day. It is never run twice. */
    onLost: z.enum(["fail", "wait"]).optional(),
  })
  .refine(({ command, script, commandRef }) => {
    return [command, script, commandRef].filter((one) => one !== undefined).length === 1;
  }, "takes exactly one of command, script and commandRef")
  .refine(({ commandRef, args }) => args === undefined || commandRef !== undefined, {
    path: ["args"],
    message: "are for commandRef",
  });
export type DirectCommand = z.output<typeof directCommand>;

/** What became of a command on one machine. */
export const commandResult = z.object({
  runner: z.string(),
  /** The execution with its log; null: none was made for it. */
  execution: z.string().nullable(),
  status: z.string(),
  reason: z.string().nullable(),
  /** What went wrong, in words. */
  message: z.string().nullable(),
  exitCode: z.number().int().nullable(),
  durationMs: z.number().nullable(),
});
export type CommandResult = z.output<typeof commandResult>;

/** Machines on which a command ended alike and said the same. */
export const outputGroup = z.object({
  runners: z.array(z.string()),
  status: z.string(),
  exitCode: z.number().int().nullable(),
  message: z.string().nullable(),
  /** The end of each, at most 64 KiB; the whole is in the log of each execution. */
  stdout: z.string(),
  stderr: z.string(),
  isTruncated: z.boolean(),
});
export type OutputGroup = z.output<typeof outputGroup>;

/** How far a command is on all its machines. */
export const commandProgress = z.object({
  id: z.string(),
  status: z.enum(executionStatuses),
  /** Machines by what is the case on them; `waiting` have not begun, `skipped` are left out for they are not there. */
  counts: z.object({
    total: z.number().int(),
    waiting: z.number().int(),
    running: z.number().int(),
    succeeded: z.number().int(),
    failed: z.number().int(),
    skipped: z.number().int(),
  }),
  results: z.array(commandResult),
});
export type CommandProgress = z.output<typeof commandProgress>;

/** A command with its results; `groups` has the outputs of those that have ended, the most machines first. */
export const commandView = commandProgress.extend({
  /** What was asked for. */
  asked: directCommand,
  startedBy: z.string().nullable(),
  createdAt: timeField,
  endedAt: timeField.nullable(),
  /** Why nothing was run, such as targets that name no runner. */
  error: z.object({ code: z.string(), message: z.string() }).nullable(),
  groups: z.array(outputGroup),
});
export type CommandView = z.output<typeof commandView>;

/** The `data` of each `event:` of the stream, as JSON: `progress` whenever something changed, then one `end`. */
export const commandEvents = { progress: commandProgress, end: commandView } as const;

export const runCommand = endpoint({
  method: "POST",
  path: "/v1/commands",
  tag: "commands",
  summary:
    "Run a command on machines, once on each: an execution of one step, cancelled as any other. A command of one's own words needs the scope `deploy`, one that the runners describe `execute`",
  scope: "execute",
  audit: {
    action: "command.run",
    body: ["targets", "command", "commandRef", "user", "timeoutMs"],
    answer: ["id"],
  },
  body: directCommand,
  answer: z.object({ id: z.string(), status: z.string(), url: z.string() }),
  statuses: [202],
});

export const getCommand = endpoint({
  method: "GET",
  path: "/v1/commands/:id",
  tag: "commands",
  summary:
    "A command's results by machine, and its outputs, equal ones together; with `Accept: text/event-stream` its progress until it ends",
  scope: "read",
  params: z.object({ id: z.string() }),
  answer: commandView,
  rawAnswer: ["text/event-stream"],
  statuses: [200],
});
