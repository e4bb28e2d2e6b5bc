import { canonicalJson } from "@pulse/schema/audit-chain";
import type { Ports } from "../ports.ts";
import { headOf } from "./chain.ts";
import { entryOfRow } from "./entry-of-row.ts";
import { createAuditStore } from "./store.ts";

const rowsAtOnce = 500;

/** The lines of a project's chain after an entry, and its head as it stood when this began. What is damaged is told as it is found. */
export async function* auditLines(
  { database }: Pick<Ports, "database">,
  project: string,
  after: number,
): AsyncGenerator<string> {
  const store = createAuditStore(database);
  const head = await headOf({ database }, project);
  for (let at = after; ; ) {
    const rows = (await store.after(project, at, rowsAtOnce)).filter(({ seq }) => Number(seq) <= head.seq);
    const last = rows.at(-1);
    if (last === undefined) break;
    let text = "";
    for (const row of rows) text += `${canonicalJson(entryOfRow(row) ?? { damaged: String(row.seq) })}\n`;
    yield text;
    at = Number(last.seq);
  }
  yield `${canonicalJson(head)}\n`;
}
