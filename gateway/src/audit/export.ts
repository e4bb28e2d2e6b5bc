import { canonicalJson } from "@pulse/schema/audit-chain";
import type { Ports } from "../ports.ts";
import { headOf } from "./chain.ts";
import { entryOfRow } from "./entry-of-row.ts";
import { createAuditStore } from "./store.ts";

const rowsAtOnce = 500;

/** The lines of a project's chain after an entry, and at the end its head. What is damaged is told as it is found. */
export async function* auditLines(
  { database }: Pick<Ports, "database">,
  project: string,
  after: number,
): AsyncGenerator<string> {
  const store = createAuditStore(database);
  let at = after;
  let head = await headOf({ database }, project);
  for (;;) {
    const rows = await store.after(project, at, rowsAtOnce);
    const last = rows.at(-1);
    if (last === undefined) break;
    let text = "";
    for (const row of rows) text += `${canonicalJson(entryOfRow(row) ?? { damaged: String(row.seq) })}\n`;
    yield text;
    at = Number(last.seq);
    // What came meanwhile moved it.
    head = await headOf({ database }, project);
  }
  yield `${canonicalJson(head)}\n`;
}
