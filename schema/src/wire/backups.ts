import * as z from "zod";
import { endpoint } from "../endpoint.ts";
import { timeField } from "./fields.ts";

/** A backup that was made and checked. */
export const backupReport = z.object({
  /** Its name in the folder `backups` of the data folder. */
  file: z.string(),
  createdAt: timeField,
  bytes: z.number().int(),
  functions: z.number().int(),
  executions: z.number().int(),
  /** How many stored contents it has, and how many were missing already. */
  contents: z.number().int(),
  missing: z.number().int(),
});
export type BackupReport = z.output<typeof backupReport>;

export const backupsView = z.object({
  /** The one that is being made; null: none is. */
  running: z.object({ startedAt: timeField, /** Written so far. */ bytes: z.number().int() }).nullable(),
  /** When the last one was made, by whichever way, as the audit tells; null: it tells of none. */
  lastAt: timeField.nullable(),
  /** The last one that this process made; null: it made none. */
  made: backupReport.nullable(),
  /** Why the last try of this process failed; null: it did not. */
  failure: z.string().nullable(),
});
export type BackupsView = z.output<typeof backupsView>;

export const getBackups = endpoint({
  method: "GET",
  path: "/v1/backups",
  tag: "operations",
  summary:
    "The backup that is being made, and the last one; `conflict` where the database is a remote one, whose own backups are the ones to use",
  scope: "gateway",
  answer: backupsView,
  statuses: [200],
});

export const startBackup = endpoint({
  method: "POST",
  path: "/v1/backups",
  tag: "operations",
  summary:
    "Begins a backup into the folder `backups` of the data folder, as `pulse backup create` makes one; the gateway goes on. `conflict` while one is made, and where the database is a remote one",
  scope: "gateway",
  audit: { action: "backup.start" },
  answer: backupsView,
  statuses: [202],
});
