import { ProblemError } from "@pulse/schema/problem";
import * as wire from "@pulse/schema/wire/emitted-events";
import { bind } from "../http/bind.ts";
import type { Deps, PulseApp } from "../http/context.ts";
import { badCursor, pageOf, pageReply } from "../http/paging.ts";
import { getEmitted, type ListedEvent, listEmitted } from "./read-emitted.ts";

/** Mounts what shows the events that were emitted. */
export function mountEmitted(app: PulseApp, deps: Deps): void {
  const { database } = deps.ports;

  bind(app, deps, wire.listEmitted, async ({ principal, query, request }) => {
    const { limit, cursor, name, since, until } = query;
    const asked = { name, since: timeOf(since), until: timeOf(until) };
    const rows = await listEmitted(database, principal, asked, placeOf(cursor), limit + 1);
    return pageReply(
      request,
      pageOf(rows, limit, itemOf, ({ seq }) => String(seq)),
    );
  });

  bind(app, deps, wire.getEmitted, async ({ principal, params }) => {
    const found = await getEmitted(database, principal, params.id);
    if (found === null) throw new ProblemError("not_found", `there is no event "${params.id}"`);
    const { triggers, data, ...event } = found;
    return { body: { ...itemOf(event), data, triggers } };
  });
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
