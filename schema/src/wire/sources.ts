import * as z from "zod";
import { kinds } from "../apply/plan.ts";
import { endpoint } from "../endpoint.ts";
import { gitHosts } from "../git-hosts.ts";
import { secretName } from "../secret.ts";
import { listOf, nameField, pageQuery, timeField } from "./fields.ts";

export const syncStatuses = ["waiting", "running", "succeeded", "failed"] as const;
export type SyncStatus = (typeof syncStatuses)[number];

/** What became of one thing that a sync had to do: nothing yet, done, failed, or not reached. */
export const stepStates = ["due", "done", "failed", "left"] as const;

/** A part of a path that names nothing: it is resolved away, or a server may read a slash in it. */
const noName = /^((\.|%2e){1,2})?$|%2f|%5c|\\/i;

export const repositoryField = z
  .string()
  .max(500)
  .regex(
    /^https?:\/\/[^\s/?#@\\]+(\/[^\s/?#]+){2,}$/,
    "must be the https address of a repository, without a name or a password in it, such as https://git.example.test/shop/pulse",
  )
  .refine(
    (address) =>
      !address
        .split("/")
        .slice(3)
        .some((part) => noName.test(part.replace(/\.git$/, ""))),
    'must have the path of a repository as it is, without parts such as "." and ".."',
  );

export const branchField = z
  .string()
  .min(1)
  .max(200)
  .regex(
    /^(?!\/)(?!.*(\/\/|\.\.|@\{|\/$|\.lock$))[^\s~^:?*[\\\x00-\x1f\x7f]+$/,
    "must be the name of a branch",
  )
  // Half a character cannot be written into an address.
  .refine((name) => name.isWellFormed(), "must be the name of a branch");

export const folderField = z
  .string()
  .max(200)
  .regex(/^(?!\/)[^\\\x00-\x1f]*$/, "must be a path below the top of the repository")
  .transform((path) =>
    path
      .split("/")
      .filter((part) => part !== "" && part !== ".")
      .join("/"),
  )
  .refine((path) => !path.split("/").includes(".."), "must not lead out of the repository");

const settings = {
  branch: branchField,
  folder: folderField,
  /** Whether what `pulse.yaml` lists as removed is removed. */
  prune: z.boolean(),
  /** The project's secret with the token that opens the repository; null: it is open to everybody. */
  token: secretName.nullable(),
};

const problemView = z.object({ code: z.string(), detail: z.string() });

export const syncStep = z.object({
  kind: z.enum(kinds),
  name: z.string(),
  act: z.enum(["create", "change", "remove"]),
  /** What differed, as paths: never values. */
  paths: z.array(z.string()),
  state: z.enum(stepStates),
});
export type SyncStep = z.output<typeof syncStep>;

export const syncView = z.object({
  id: z.string(),
  source: z.string(),
  status: z.enum(syncStatuses),
  /** `push`, or who asked for it: `user:ana`, `key:ci`. */
  startedBy: z.string(),
  /** What was at the end of the branch; null: not known. */
  commit: z.string().nullable(),
  /** What was not as the folder says; what was is not here. Null: it was not looked at yet. */
  steps: z.array(syncStep).nullable(),
  /** Why it failed, or why it is tried again. */
  problem: problemView.nullable(),
  tries: z.number().int(),
  createdAt: timeField,
  startedAt: timeField.nullable(),
  endedAt: timeField.nullable(),
});
export type SyncView = z.output<typeof syncView>;

export const sourceView = z.object({
  id: z.string(),
  name: z.string(),
  host: z.enum(gitHosts),
  repository: z.string(),
  ...settings,
  folder: z.string(),
  /** Where the host sends pushes. */
  url: z.string(),
  /** The newest sync; null: there was none. */
  lastSync: syncView
    .pick({ id: true, status: true, commit: true, createdAt: true, endedAt: true })
    /** The code of why it failed; null: it did not. */
    .extend({ problem: z.string().nullable() })
    .nullable(),
  createdBy: z.string(),
  createdAt: timeField,
  updatedAt: timeField,
});
export type SourceView = z.output<typeof sourceView>;

const byName = z.object({ name: nameField });
const secretOnce = { secret: z.string() };

export const listSources = endpoint({
  method: "GET",
  path: "/v1/sources",
  tag: "sources",
  summary: "The project's sources: repositories that it is made from",
  scope: "read",
  query: z.strictObject(pageQuery),
  answer: listOf(sourceView),
  statuses: [200],
});

export const createSource = endpoint({
  method: "POST",
  path: "/v1/sources",
  creates: true,
  tag: "sources",
  summary: "Makes a source; the secret with which the host signs its pushes is shown this once",
  scope: "admin",
  audit: {
    action: "source.create",
    body: ["name", "host", "repository", "branch", "folder", "prune"],
    answer: ["id"],
  },
  body: z.strictObject({
    name: nameField,
    host: z.enum(gitHosts),
    repository: repositoryField,
    branch: branchField.default("main"),
    folder: folderField.default(""),
    prune: z.boolean().default(false),
    token: secretName.nullable().default(null),
  }),
  answer: sourceView.extend(secretOnce),
  statuses: [201],
});

export const getRepositorySource = endpoint({
  method: "GET",
  path: "/v1/sources/:name",
  tag: "sources",
  summary: "One source",
  scope: "read",
  params: byName,
  answer: sourceView,
  statuses: [200],
});

export const changeSource = endpoint({
  method: "PATCH",
  path: "/v1/sources/:name",
  tag: "sources",
  summary: "Changes a source; its host and its repository stay",
  scope: "admin",
  audit: { action: "source.change", body: ["branch", "folder", "prune"] },
  params: byName,
  body: z.strictObject(settings).partial(),
  answer: sourceView,
  statuses: [200],
});

export const deleteSource = endpoint({
  method: "DELETE",
  path: "/v1/sources/:name",
  tag: "sources",
  summary: "Deletes a source with its secret and its syncs; what it made stays",
  scope: "admin",
  audit: { action: "source.delete" },
  params: byName,
  statuses: [204],
});

export const rotateSource = endpoint({
  method: "POST",
  path: "/v1/sources/:name/rotate",
  tag: "sources",
  summary: "Gives a source another secret for pushes; the one before counts no more",
  scope: "admin",
  audit: { action: "source.rotate" },
  params: byName,
  answer: z.object(secretOnce),
  statuses: [200],
});

export const syncSource = endpoint({
  method: "POST",
  path: "/v1/sources/:name/sync",
  tag: "sources",
  summary:
    "Makes the project as the end of the branch says, soon; one that waits already is this one; needs read and execute as well",
  scope: "deploy",
  audit: { action: "source.sync", answer: ["id"] },
  params: byName,
  answer: syncView,
  statuses: [202],
});

export const diffSource = endpoint({
  method: "POST",
  path: "/v1/sources/:name/diff",
  tag: "sources",
  summary: "What is not as the end of the branch says, as whoever asks sees it; nothing is changed",
  scope: "deploy",
  audit: { action: "source.diff" },
  params: byName,
  answer: z.object({
    commit: z.string().nullable(),
    plan: z.array(
      z.object({
        kind: z.enum(kinds),
        name: z.string(),
        act: z.enum(["create", "change", "unchanged", "remove"]),
        differences: z.array(
          z.object({ path: z.string(), before: z.unknown().optional(), after: z.unknown().optional() }),
        ),
      }),
    ),
  }),
  statuses: [200],
});

export const listSyncs = endpoint({
  method: "GET",
  path: "/v1/sources/:name/syncs",
  tag: "sources",
  summary: "The syncs of a source, newest first: the last hundred",
  scope: "deploy",
  params: byName,
  query: z.strictObject(pageQuery),
  answer: listOf(syncView),
  statuses: [200],
});

export const getSync = endpoint({
  method: "GET",
  path: "/v1/sources/:name/syncs/:sync",
  tag: "sources",
  summary: "One sync with what it did",
  scope: "deploy",
  params: z.object({ name: nameField, sync: z.string().min(1).max(100) }),
  answer: syncView,
  statuses: [200],
});

/** What a push may have. */
export const pushBytesMost = 6 * 2 ** 20;

export const push = endpoint({
  method: "POST",
  path: "/sync/:id",
  tag: "sources",
  summary: "Where a host of repositories tells of pushes, signed with the source's secret",
  scope: "public",
  audit: {
    exempt: "the host of a repository sends it; what it leads to is audited, and is among the source's syncs",
  },
  params: z.object({ id: z.string().min(1).max(100) }),
  rawBody: ["application/json", "application/x-www-form-urlencoded"],
  answer: z.object({
    /** Whether it leads to a sync: a push to another branch, or other news, does not. */
    status: z.enum(["accepted", "ignored"]),
    sync: z.string().nullable(),
  }),
  statuses: [200, 202],
});
