import type { Found } from "@pulse/schema/wire/search";
import type { Principal } from "../http/context.ts";
import type { Ports } from "../ports.ts";
import { isPermitted } from "../workflows/permissions.ts";
import { createSearchStore, namedKinds } from "./store.ts";

/** Workflows are read beyond the limit, because some of them are not for everybody to see. */
const workflowsMost = 200;

/** What of a project somebody finds by a text, so many of each kind. */
export async function find(
  { database }: Pick<Ports, "database">,
  by: Principal,
  { q, limit }: { q: string; limit: number },
): Promise<Found[]> {
  const store = createSearchStore(database);
  const text = q.toLowerCase();
  const items: Found[] = [];
  for (const kind of namedKinds) {
    const found = await store.named(kind, by.project, text, limit);
    items.push(...found.map((one) => ({ kind, ...one, status: null, at: null })));
    if (kind !== "function") continue;
    const workflows = await store.workflows(by.project, text, workflowsMost);
    const seen = workflows.filter(({ permissions }) => isPermitted(by, "view", permissions)).slice(0, limit);
    items.push(
      ...seen.map(({ id, name }) => ({ kind: "workflow" as const, id, name, status: null, at: null })),
    );
  }
  const executions = await store.executions(by, text, limit);
  items.push(
    ...executions.map(({ createdAt, ...one }) => ({
      kind: "execution" as const,
      ...one,
      at: new Date(createdAt).toISOString(),
    })),
  );
  return items;
}
