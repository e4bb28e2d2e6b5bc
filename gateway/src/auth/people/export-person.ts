import type { Row } from "@libsql/client";
import type { Deps } from "../../http/context.ts";
import type { Person } from "../store.ts";
import { createTracesStore, ownKinds, records, traces } from "./traces-store.ts";
import { personView } from "./view.ts";

/** Everything that is kept about a person, a JSON object a line, each with its `type`; no secret, and no digest of one. */
export async function* personLines({ ports }: Deps, person: Person): AsyncGenerator<string> {
  const store = createTracesStore(ports.database);
  const { user } = person;
  yield line("profile", { ...personView(person, null), groups: user.groups, subject: user.subject });
  for (const from of [...ownKinds, ...traces, ...records]) {
    const type = typeof from === "string" ? from : from.kind;
    for await (const rows of store.rows(from, user)) {
      yield rows.map((row) => line(type, shownRow(row))).join("");
    }
  }
}

function line(type: string, facts: object): string {
  return `${JSON.stringify({ type, ...facts })}\n`;
}

/** A row as it stands, but for where it stands; times are epoch milliseconds. */
function shownRow({ at_row: _, ...row }: Row): Record<string, unknown> {
  return Object.fromEntries(Object.entries(row).filter(([name]) => !/^\d+$/.test(name) && name !== "length"));
}
