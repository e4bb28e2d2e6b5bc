import * as z from "zod";
import { duration } from "../duration.ts";
import { endpoint } from "../endpoint.ts";
import { versionStatuses } from "../status.ts";
import { aliasField, jsonValue, listOf, nameField, pageQuery, sha256Field, timeField } from "./fields.ts";
import { deploySettings, livePatch, runtimeField } from "./manifest.ts";

const settingsView = z.record(z.string(), jsonValue);

export const versionView = z.object({
  id: z.string(),
  function: z.string(),
  version: z.number().int(),
  status: z.enum(versionStatuses),
  runtime: runtimeField,
  entry: z.string(),
  settings: settingsView,
  /** What runs, for a function that is an image: pinned by the build, whatever becomes of the name. */
  image: z.string().nullable(),
  bundle: sha256Field,
  bundleBytes: z.number().int(),
  /** What the code's exports offer, known once it was loaded. */
  kinds: z.array(z.string()),
  schema: jsonValue.nullable(),
  message: z.string().nullable(),
  /** Who deployed it: `user:ana`, `key:ci`. */
  createdBy: z.string().nullable(),
  buildExecution: z.string().nullable(),
  error: z.string().nullable(),
  createdAt: timeField,
  /** The aliases that stand here now, and how each came here. */
  aliases: z.array(
    z.object({
      alias: z.string(),
      /** The deploy or the move that set it. */
      movedAt: timeField,
      /** `user:ana`, `key:ci`; null: nobody knows. */
      movedBy: z.string().nullable(),
      /** The version where it stood before; greater than this one: it was rolled back. Null: it stood nowhere. */
      movedFrom: z.number().int().nullable(),
      /** Why, in the words of who moved it. */
      reason: z.string().nullable(),
      /** Percent of the alias's calls that come here: less than 100 while it is split. */
      share: z.number().int(),
    }),
  ),
});
export type VersionView = z.output<typeof versionView>;

export const functionView = z.object({
  id: z.string(),
  name: z.string(),
  url: z.string(),
  runtime: runtimeField,
  latest: z.number().int(),
  aliases: z.record(z.string(), z.number().int()),
  settings: settingsView,
  createdAt: timeField,
  updatedAt: timeField,
});
export type FunctionView = z.output<typeof functionView>;

const byName = z.object({ name: nameField });

export const listFunctions = endpoint({
  method: "GET",
  path: "/v1/functions",
  tag: "functions",
  summary: "Functions, by name",
  scope: "read",
  query: z.strictObject(pageQuery),
  answer: listOf(functionView),
  statuses: [200],
});

export const getFunction = endpoint({
  method: "GET",
  path: "/v1/functions/:name",
  tag: "functions",
  summary: "One function",
  scope: "read",
  params: byName,
  answer: functionView,
  statuses: [200],
});

export const putFunction = endpoint({
  method: "PUT",
  path: "/v1/functions/:name",
  tag: "functions",
  summary: "Create a function, or replace all its live settings",
  scope: "deploy",
  audit: { action: "function.put" },
  params: byName,
  body: livePatch,
  answer: functionView,
  statuses: [200, 201],
});

export const patchFunction = endpoint({
  method: "PATCH",
  path: "/v1/functions/:name",
  tag: "functions",
  summary: "Change live settings; makes no version",
  scope: "deploy",
  audit: { action: "function.change" },
  params: byName,
  body: livePatch,
  answer: functionView,
  statuses: [200],
});

export const deleteFunction = endpoint({
  method: "DELETE",
  path: "/v1/functions/:name",
  tag: "functions",
  summary: "Delete a function with its versions and its draft; its executions stay",
  scope: "deploy",
  audit: { action: "function.delete" },
  params: byName,
  statuses: [204],
});

/** The contents of a file: text, or bytes in base64. */
export const fileContent = z.union([z.string(), z.strictObject({ base64: z.base64() })]);

/** How long an alias lasts from when it is moved; the API takes text such as `14d`. */
export const aliasTtl = duration("1m", "365d");

/** The JSON form of a deploy. */
export const deployBody = z.strictObject({
  runtime: runtimeField,
  entry: z.string().max(200).optional(),
  files: z.record(z.string().min(1).max(255), fileContent),
  settings: deploySettings.prefault({}),
  message: z.string().max(500).optional(),
});
export type DeployBody = z.output<typeof deployBody>;

export const deployVersion = endpoint({
  method: "POST",
  path: "/v1/functions/:name/versions",
  tag: "functions",
  summary:
    "Deploy: makes an immutable version, and the function when it is new. JSON, or multipart with `bundle` (tar.gz) and `manifest` (JSON: runtime, entry, settings, message)",
  scope: "deploy",
  audit: { action: "function.deploy", body: ["message"], answer: ["version", "id", "status"] },
  params: byName,
  query: z.strictObject({
    /** Seconds to wait until the version is ready or has failed. */
    wait: z.coerce.number().int().min(0).max(900).optional(),
    /** The alias that moves when the version is ready; `none` moves nothing. */
    alias: z.union([z.literal("none"), aliasField]).default("live"),
    /** How long that alias lasts from then on, such as `14d`; not for `live`. Left out: as long as it did. */
    ttl: aliasTtl.optional(),
  }),
  body: deployBody,
  // A bundle of 50 MiB in base64, with its JSON.
  bodyMostBytes: 70 * 2 ** 20,
  rawBody: ["multipart/form-data"],
  answer: versionView,
  statuses: [200, 201],
});

export const listVersions = endpoint({
  method: "GET",
  path: "/v1/functions/:name/versions",
  tag: "functions",
  summary: "Versions, newest first",
  scope: "read",
  params: byName,
  query: z.strictObject(pageQuery),
  answer: listOf(versionView),
  statuses: [200],
});

export const getVersion = endpoint({
  method: "GET",
  path: "/v1/functions/:name/versions/:version",
  tag: "functions",
  summary: "One version, by number or alias",
  scope: "read",
  params: z.object({ name: nameField, version: z.string().max(63) }),
  answer: versionView,
  statuses: [200],
});

export const sourceView = z.object({
  function: nameField,
  version: z.number().int(),
  files: z.array(
    z.object({
      path: z.string(),
      bytes: z.number().int(),
      /** The file's text; null: it is not text, or too large to be shown. */
      text: z.string().nullable(),
    }),
  ),
});
export type SourceView = z.output<typeof sourceView>;

export const getSource = endpoint({
  method: "GET",
  path: "/v1/functions/:name/versions/:version/source",
  tag: "functions",
  summary:
    "The files of a version, by number or alias: the contents of text up to 1 MiB a file and 8 MiB in all, the others by name and size",
  scope: "read",
  params: z.object({ name: nameField, version: z.string().max(63) }),
  answer: sourceView,
  statuses: [200, 304],
});
