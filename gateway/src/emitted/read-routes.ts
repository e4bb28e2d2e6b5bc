import { ProblemError } from "@pulse/schema/problem";
import * as wire from "@pulse/schema/wire/emitted-events";
import { bind } from "../http/bind.ts";
import type { Deps, Principal, PulseApp } from "../http/context.ts";
import { badCursor, pageOf, pageReply } from "../http/paging.ts";
import { isPermitted } from "../workflows/permissions.ts";
import { createWorkflowStore } from "../workflows/store.ts";
import { getEmitted, type ListedEvent, listEmitted } from "./read-emitted.ts";

/** Mounts what shows the events that were emitted. */
export function mountEmitted(app: PulseApp, deps: Deps): void {
  const { database } = deps.ports;

  bind(app, deps, wire.listEmitted, async ({ principal, query, request }) => {
    const { limit, cursor, name, since, until } = query;
    const asked = { name, since: timeOf(since), until: timeOf(until) };
    const rows = await listEmitted(database, principal.project, asked, placeOf(cursor), limit + 1);
    return pageReply(
      request,
      pageOf(rows, limit, itemOf, ({ seq }) => String(seq)),
    );
  });

  bind(app, deps, wire.getEmitted, async ({ principal, params }) => {
    const found = await getEmitted(database, principal.project, params.id);
    if (found === null) throw new ProblemError("not_found", `there is no event "${params.id}"`);
    const { triggers, data, ...event } = found;
    const seen = await Promise.all(triggers.map((one) => isSeen(principal, one)));
    return { body: { ...itemOf(event), data, triggers: triggers.filter((_, place) => seen[place]) } };
  });

  /** What a workflow did that is not theirs to see is not told. */
  async function isSeen(
    by: Principal,
    { kind, name }: wire.EmittedWhole["triggers"][number],
  ): Promise<boolean> {
    if (kind === "function") return true;
    const workflow = await createWorkflowStore(database).byName(by.project, name);
    return workflow === null || isPermitted(by, "view", workflow.permissions);
  }
}

function itemOf({ seq: _, at, ...event }: ListedEvent): wire.EmittedItem {
  return { ...event, at: new Date(at).toISOString() };
}

function timeOf(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Date.parse(text);
}

function placeOf(cursor: string | undefined): number | null {
  if (cursor === undefined) return null;
  if (!/^\d{1,15}$/.test(cursor)) throw badCursor();
  return Number(cursor);
}
