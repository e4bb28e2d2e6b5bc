import { sql } from "drizzle-orm";
import { blob, index, integer, primaryKey, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";
import type { HeaderList } from "../wire/job.ts";
import type { LiveSettings, Runtime, VersionSettings } from "../wire/manifest.ts";

export const functions = sqliteTable(
  "functions",
  {
    id: text().primaryKey(),
    project: text().notNull(),
    name: text().notNull(),
    settings: text({ mode: "json" }).$type<LiveSettings>().notNull(),
    /** Number of the newest version; 0 before the first. */
    latest: integer().notNull().default(0),
    createdAt: integer().notNull(),
    updatedAt: integer().notNull(),
  },
  (t) => [uniqueIndex("functions_name").on(t.project, t.name)],
);

export const versions = sqliteTable(
  "versions",
  {
    id: text().primaryKey(),
    project: text().notNull(),
    functionId: text().notNull(),
    number: integer().notNull(),
    status: text({ enum: ["building", "ready", "failed"] }).notNull(),
    runtime: text().$type<Runtime>().notNull(),
    entry: text().notNull(),
    settings: text({ mode: "json" }).$type<VersionSettings>().notNull(),
    /** Digest of files and versioned settings: an unchanged deploy finds the version that stands. */
    contentSha256: text().notNull(),
    bundleSha256: text().notNull(),
    bundleBytes: integer().notNull(),
    depsSha256: text(),
    buildKey: text(),
    /** The pinned image of a function that is one: `repository@sha256:…`, or an image id. */
    image: text(),
    buildExecution: text(),
    kinds: text({ mode: "json" }).$type<string[]>().notNull(),
    schema: text({ mode: "json" }).$type<unknown>(),
    message: text(),
    /** Who deployed it: `user:ana`, `key:ci`. */
    createdBy: text(),
    error: text(),
    /** Alias that moves when the version becomes ready, and the deploy's place in time, so that a later deploy wins. */
    moveAlias: text(),
    /** How long the alias that moves is to last from then on, milliseconds; null: as long as it did. */
    moveTtlMs: integer(),
    createdAt: integer().notNull(),
    readyAt: integer(),
  },
  (t) => [
    uniqueIndex("versions_number").on(t.functionId, t.number),
    index("versions_content").on(t.functionId, t.contentSha256),
    index("versions_bundle").on(t.bundleSha256),
    index("versions_deps").on(t.depsSha256),
    index("versions_build").on(t.buildExecution),
  ],
);

export const aliases = sqliteTable(
  "aliases",
  {
    project: text().notNull(),
    functionId: text().notNull(),
    name: text().notNull(),
    versionId: text().notNull(),
    /** The deploy or the move that set it, epoch milliseconds: an older deploy that becomes ready later does not move it back. */
    movedAt: integer().notNull(),
    /** Who moved it: `user:ana`, `key:ci`; null: nobody knows. */
    movedBy: text(),
    /** The number of the version where it stood before; null: nowhere. */
    movedFrom: integer(),
    /** Why, in the words of who moved it. */
    reason: text(),
    /** The second version of a split; null: every call goes to the first one. */
    canaryId: text(),
    /** Percent of the calls that go to the second version, 1 to 99. */
    weight: integer(),
    /** When the split began, epoch milliseconds: calls before it say nothing of it. */
    splitAt: integer(),
    /** When the split ends by itself; null: never. */
    guard: text({ mode: "json" }).$type<SplitGuard>(),
    /** When the alias is removed, epoch milliseconds; null: never. */
    expiresAt: integer(),
  },
  (t) => [
    primaryKey({ columns: [t.functionId, t.name] }),
    index("aliases_split").on(t.canaryId).where(sql`canary_id IS NOT NULL`),
    index("aliases_expiry").on(t.expiresAt).where(sql`expires_at IS NOT NULL`),
  ],
);

/** The share of failed calls of a second version, in percent, above which it gets none any more, once so many of its calls of the last `windowMs` have ended. */
export interface SplitGuard {
  maxErrorRate: number;
  minCalls: number;
  windowMs: number;
}

/** Built dependencies by build key; written only by the build execution's fenced completion. */
export const builds = sqliteTable(
  "builds",
  {
    project: text().notNull(),
    buildKey: text().notNull(),
    contentSha256: text().notNull(),
    execution: text().notNull(),
    createdAt: integer().notNull(),
  },
  (t) => [primaryKey({ columns: [t.project, t.buildKey] }), index("builds_content").on(t.contentSha256)],
);

/** Who may read which stored content: bundles and dependencies belong to the projects that named them. */
export const contents = sqliteTable(
  "contents",
  {
    project: text().notNull(),
    sha256: text().notNull(),
    bytes: integer().notNull(),
    createdAt: integer().notNull(),
    /** Since when nothing of the project names it; null while something does, or nobody has looked since. */
    unnamedSince: integer(),
  },
  (t) => [primaryKey({ columns: [t.project, t.sha256] }), index("contents_sha256").on(t.sha256)],
);

/** Request and response bodies too large for the execution's own row. */
export const payloads = sqliteTable(
  "payloads",
  {
    project: text().notNull(),
    executionId: text().notNull(),
    part: text({ enum: ["request", "response"] }).notNull(),
    body: blob({ mode: "buffer" }).notNull(),
    bytes: integer().notNull(),
  },
  (t) => [primaryKey({ columns: [t.executionId, t.part] })],
);

export type StoredHeaders = HeaderList;
