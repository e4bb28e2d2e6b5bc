import * as z from "zod";
import { endpoint } from "../endpoint.ts";
import { versionStatuses } from "../status.ts";
import { executionView, shownBody } from "./executions.ts";
import { jsonValue, listOf, nameField, pageQuery, timeField } from "./fields.ts";
import { fileContent } from "./functions.ts";
import { executionError, headerList } from "./job.ts";
import { runtimeField } from "./manifest.ts";

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
  audit: { exempt: "saved with every pause of typing; what is run or deployed of it is audited" },
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
  audit: { action: "draft.delete" },
  params: byName,
  statuses: [204],
});

export const draftItem = draftView.omit({ files: true, settings: true }).extend({
  /** Whether a function of this name exists; the draft of one that does not is a function to be. */
  exists: z.boolean(),
});
export type DraftItem = z.output<typeof draftItem>;

export const listDrafts = endpoint({
  method: "GET",
  path: "/v1/drafts",
  tag: "functions",
  summary: "Drafts, by name, without their files",
  scope: "read",
  query: z.strictObject(pageQuery),
  answer: listOf(draftItem),
  statuses: [200],
});

const build = z.object({
  /** The build's execution: its log is the build log. Null: nothing had to be built. */
  execution: z.string().nullable(),
  status: z.enum(versionStatuses),
  /** These files and settings had been built already. */
  reused: z.boolean(),
  /** Why it failed, with file and line where they are known. */
  error: executionError.nullable(),
  /** The JSON Schema of the input, where the code tells it; null until it is built. */
  schema: jsonValue.nullable(),
});

export const draftBuildView = build;
export type DraftBuildView = z.output<typeof draftBuildView>;

export const buildDraft = endpoint({
  method: "POST",
  path: "/v1/functions/:name/draft/build",
  tag: "functions",
  summary:
    "Build the draft without making a version that is listed; answers at once, so that the build's log can be followed. With `If-Match` only that revision",
  scope: "deploy",
  audit: { exempt: "made by itself before a run, which is audited" },
  params: byName,
  query: z.strictObject({
    /** Seconds to wait until it is built or has failed. */
    wait: z.coerce.number().int().min(0).max(900).default(0),
  }),
  answer: draftBuildView,
  statuses: [200, 202],
});

/** What a header can carry (RFC 9110 section 5.5). */
const headerValue = z
  .string()
  .max(8000)
  .regex(
    /^[\t\u0020-\u007e\u0080-\u00ff]*$/,
    "may not hold line breaks, control characters or letters beyond Latin-1",
  );

export const draftRunBody = z.strictObject({
  method: z.enum(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]).default("POST"),
  /** Below the function, with the query. */
  path: z.string().startsWith("/").max(8000).default("/"),
  headers: z.record(z.string().regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}$/), headerValue).default({}),
  /** The request body as JSON; `body` instead gives it as it is. */
  input: jsonValue.optional(),
  body: fileContent.optional(),
});
export type DraftRunBody = z.output<typeof draftRunBody>;

export const draftRunView = z.object({
  /** As it stands when this is answered. Logs, result and the rest are found under its id like any other's. */
  execution: executionView,
  /** Null: it has not ended, or there is no response. */
  response: z.object({ status: z.number().int(), headers: headerList, body: shownBody }).nullable(),
  build: draftBuildView,
});
export type DraftRunView = z.output<typeof draftRunView>;

export const runDraft = endpoint({
  method: "POST",
  path: "/v1/functions/:name/draft/run",
  tag: "functions",
  summary:
    "Call the draft, built first where it is not: 202 once the call is on disk, 200 when it ended within `wait`; `build_failed` names file and line. With `If-Match` only that revision",
  scope: "deploy",
  audit: { action: "draft.run", answer: ["execution.id"] },
  params: byName,
  query: z.strictObject({
    /** Seconds to wait for the end of the call, after the build. */
    wait: z.coerce.number().int().min(0).max(900).default(0),
  }),
  body: draftRunBody,
  answer: draftRunView,
  statuses: [200, 202],
});
