import * as z from "zod";
import { endpoint } from "../endpoint.ts";
import { executionStatuses } from "../status.ts";
import { jsonValue, nameField, timeField } from "./fields.ts";
import { executionError, headerList, timing } from "./job.ts";
import { runtimeField } from "./manifest.ts";

/** The contents of a file: text, or bytes in base64. */
export const fileContent = z.union([z.string(), z.strictObject({ base64: z.base64() })]);

export const draftFiles = z.record(z.string().min(1).max(255), fileContent);
export type DraftFiles = z.output<typeof draftFiles>;

/** Settings as somebody writes them: what is not valid yet is kept all the same and refused when the draft is run or deployed. */
export const draftSettings = z.record(z.string().max(100), jsonValue);
export type DraftSettings = z.output<typeof draftSettings>;

export const draftBody = z.strictObject({
  runtime: runtimeField,
  entry: z.string().max(200).optional(),
  files: draftFiles,
  settings: draftSettings.default({}),
});
export type DraftBody = z.output<typeof draftBody>;

export const draftView = z.object({
  name: nameField,
  runtime: runtimeField,
  entry: z.string().nullable(),
  files: draftFiles,
  settings: draftSettings,
  /** The answer's `ETag` without its quotes: it grows with every change. */
  revision: z.number().int(),
  updatedAt: timeField,
});
export type DraftView = z.output<typeof draftView>;

const byName = z.object({ name: nameField });
const mostBytes = 20 * 2 ** 20;

export const getDraft = endpoint({
  method: "GET",
  path: "/v1/functions/:name/draft",
  tag: "functions",
  summary: "The draft of a function, which need not exist yet; its `ETag` is for `If-Match`",
  scope: "read",
  params: byName,
  answer: draftView,
  statuses: [200],
});

export const putDraft = endpoint({
  method: "PUT",
  path: "/v1/functions/:name/draft",
  tag: "functions",
  summary:
    "Save the draft. With `If-Match` only over that revision, with `If-None-Match: *` only when there is none",
  scope: "deploy",
  params: byName,
  body: draftBody,
  bodyMostBytes: mostBytes,
  answer: draftView,
  statuses: [200, 201],
});

export const deleteDraft = endpoint({
  method: "DELETE",
  path: "/v1/functions/:name/draft",
  tag: "functions",
  summary: "Throw the draft away",
  scope: "deploy",
  params: byName,
  statuses: [204],
});

/** A body as JSON can carry it: text where it is UTF-8, else base64; null: none, or too large to keep. */
export const shownBody = z
  .union([z.object({ text: z.string() }), z.object({ base64: z.string() })])
  .nullable();

export const draftRunView = z.object({
  /** The execution that ran; its logs are at `logs`. */
  execution: z.string(),
  status: z.enum(executionStatuses),
  reason: z.string().nullable(),
  response: z.object({ status: z.number().int(), headers: headerList, body: shownBody }).nullable(),
  error: executionError.nullable(),
  timing,
  /** Where the log lines are. */
  logs: z.string(),
  /** The build before it: its execution, and whether these files had been built already. */
  build: z.object({ execution: z.string().nullable(), reused: z.boolean() }),
});
export type DraftRunView = z.output<typeof draftRunView>;

export const runDraft = endpoint({
  method: "POST",
  path: "/v1/functions/:name/draft/run",
  tag: "functions",
  summary:
    "Build the draft and call it, without making a version; `build_failed` names file and line. With `If-Match` only that revision",
  scope: "deploy",
  params: byName,
  body: z.strictObject({
    method: z.enum(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]).default("POST"),
    /** Below the function, with the query. */
    path: z.string().startsWith("/").max(8000).default("/"),
    headers: z
      .record(z.string().regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}$/), z.string().max(8000))
      .default({}),
    /** The request body as JSON; `body` instead gives it as it is. */
    input: jsonValue.optional(),
    body: fileContent.optional(),
  }),
  answer: draftRunView,
  statuses: [200],
});
