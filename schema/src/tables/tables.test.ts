import { getTableColumns, is } from "drizzle-orm";
import { getTableConfig, SQLiteTable } from "drizzle-orm/sqlite-core";
import { expect, test } from "vitest";
import * as tables from "./index.ts";

/** What belongs to the whole instance: its own facts, stored content, which `contents` opens to projects, and people, whom `memberships` lets into projects. */
const instanceWide = [
  "blob_parts",
  "device_logins",
  "facts",
  "failed_sign_ins",
  "projects",
  "recovery_codes",
  "sign_in_flows",
  "users",
];

test("every row of every table belongs to a project", () => {
  const all = (Object.values(tables) as unknown[]).filter((value) => is(value, SQLiteTable));
  const without = all
    .filter((table) => getTableColumns(table).project?.notNull !== true)
    .map((table) => getTableConfig(table).name);
  expect(without.sort()).toEqual(instanceWide);
  expect(all.length).toBeGreaterThan(instanceWide.length + 10);
});
