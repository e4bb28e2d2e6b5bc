import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkChain } from "@pulse/schema/audit-chain";
import { expect, test } from "vitest";
import { placeWaiting } from "../../audit/chain.ts";
import { auditLines } from "../../audit/export.ts";
import { leaveAuditEntry } from "./backup-audit.ts";
import { openDatabase } from "./database.ts";

test("a backup that is made beside a running gateway is in its audit", async () => {
  const folder = await mkdtemp(join(tmpdir(), "pulse-backup-audit-"));
  const database = await openDatabase(folder);
  await leaveAuditEntry(folder, "backup.create", { functions: 3 });
  const random = (bytes: number) => crypto.getRandomValues(new Uint8Array(bytes));
  await placeWaiting({ database, now: Date.now, soon: setImmediate, random }, "default");
  let text = "";
  for await (const some of auditLines({ database }, "default", 0)) text += some;
  expect(JSON.parse(text.split("\n")[0] ?? "")).toMatchObject({
    action: "backup.create",
    actor: { kind: "system" },
    details: { functions: 3 },
  });
  expect(await checkChain(text.split("\n"))).toMatchObject({ ok: true, entries: 1 });
  database.close();
  await rm(folder, { recursive: true });
});
