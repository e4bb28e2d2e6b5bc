import { ProblemError } from "@pulse/schema/problem";
import * as wire from "@pulse/schema/wire/audit";
import { bind } from "../http/bind.ts";
import type { Deps, PulseApp } from "../http/context.ts";
import { badCursor, pageOf, pageReply } from "../http/paging.ts";
import { encoded, streamOf } from "../http/text-stream.ts";
import { headOf } from "./chain.ts";
import { entryOfRow } from "./entry-of-row.ts";
import { auditLines } from "./export.ts";
import { createAuditStore } from "./store.ts";

/** Mounts the audit: what was done, its export, and how long it is kept. */
export function mountAudit(app: PulseApp, deps: Deps): void {
  const { ports } = deps;
  const store = createAuditStore(ports.database);

  bind(app, deps, wire.listAudit, async ({ principal, query, request }) => {
    const { cursor, limit, ...filter } = query;
    if (cursor !== undefined && !/^\d{1,15}$/.test(cursor)) throw badCursor();
    const below = cursor === undefined ? null : Number(cursor);
    const rows = await store.list(principal.project, filter, below, limit + 1);
    const page = pageOf(rows, limit, entryOfRow, ({ seq }) => String(seq));
    const items = page.items.filter((one) => one !== null);
    if (items.length < page.items.length) {
      const detail = "a row of the audit is no entry any more: somebody changed it in the database";
      throw new ProblemError("internal", detail, { hint: "pulse audit verify names it." });
    }
    return pageReply(request, { ...page, items });
  });

  bind(app, deps, wire.getAuditHead, async ({ principal }) => ({
    body: await headOf(ports, principal.project),
  }));

  bind(app, deps, wire.exportAudit, async ({ principal, query }) => {
    const lines = auditLines(ports, principal.project, query.after ?? 0);
    const headers = { "content-type": "application/x-ndjson", "cache-control": "no-store" };
    return new Response(streamOf(encoded(lines), new AbortController()), { headers });
  });

  const settings = async (project: string) => {
    const kept = await store.kept(project);
    if (kept === null) return { keptMs: wire.auditKeptByDefaultMs, updatedAt: null };
    return { keptMs: kept.keptMs, updatedAt: new Date(kept.updatedAt).toISOString() };
  };
  bind(app, deps, wire.getAuditSettings, async ({ principal }) => ({
    body: await settings(principal.project),
  }));
  bind(app, deps, wire.changeAuditSettings, async ({ principal, body, audit }) => {
    const before = await settings(principal.project);
    await store.saveKept(principal.project, body.kept, ports.now());
    audit.note({ before: { keptMs: before.keptMs }, after: { keptMs: body.kept } });
    return { body: await settings(principal.project) };
  });
}
