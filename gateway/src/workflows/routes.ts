import { ProblemError } from "@pulse/schema/problem";
import * as wire from "@pulse/schema/wire/workflows";
import type { Definition } from "@pulse/schema/workflow/definition";
import { diffDefinitions } from "@pulse/schema/workflow/diff-definitions";
import { toYaml } from "@pulse/schema/workflow/yaml";
import { readDepth } from "../executions/call-options.ts";
import { actorOf } from "../http/actor.ts";
import { bind } from "../http/bind.ts";
import type { Deps, Principal, PulseApp } from "../http/context.ts";
import { fromBase64Url, toBase64Url } from "../http/encoding.ts";
import { badCursor, pageOf, pageReply } from "../http/paging.ts";
import { removalOfTriggers } from "../schedules/of-triggers.ts";
import { lastRunsOf } from "../stats/last-runs.ts";
import { removalOfHooks, triggerHookOf } from "../webhooks/of-triggers.ts";
import { revisionNamed } from "./aliases/revision-named.ts";
import { splitReference } from "./aliases/split-reference.ts";
import { etagOf, readRequestDefinition, saveWorkflow } from "./define.ts";
import { requireMayCall } from "./may-call.ts";
import { isPermitted, requireMaySave, requirePermitted, requireView } from "./permissions.ts";
import { createWorkflowStore, type RevisionRow, type WorkflowRow } from "./store.ts";
import { headOf, itemOf } from "./view.ts";

const time = (ms: number) => new Date(ms).toISOString();

function cursorText(cursor: string | undefined): string | null {
  if (cursor === undefined) return null;
  try {
    return new TextDecoder().decode(fromBase64Url(cursor));
  } catch (error) {
    throw badCursor(error);
  }
}

function revisionHead({
  revision,
  hash,
  createdAt,
  createdBy,
}: Omit<RevisionRow, "definition" | "workflowId" | "project">) {
  return { revision, hash, createdAt: time(createdAt), createdBy };
}

/** Mounts the definitions of workflows. */
export function mountWorkflows(app: PulseApp, deps: Deps): void {
  const { ports } = deps;
  const store = createWorkflowStore(ports.database);

  const named = async (by: Principal, name: string): Promise<WorkflowRow> => {
    const row = await store.byName(by.project, name);
    if (row === null) throw new ProblemError("not_found", `there is no workflow "${name}"`);
    requireView(by, row);
    return row;
  };
  const edited = async (by: Principal, name: string): Promise<WorkflowRow> => {
    const row = await named(by, name);
    requirePermitted(by, "edit", row);
    return row;
  };
  const revisionOf = async (row: WorkflowRow, named: number | string): Promise<RevisionRow> => {
    const revision = await revisionNamed(ports.database, row, named);
    const found = await store.revision(row.id, revision);
    if (found === null) {
      throw new ProblemError("not_found", `the workflow "${row.name}" has no revision ${revision}`);
    }
    return found;
  };
  // Only what `validate` let through is ever written there.
  const definitionOf = (row: RevisionRow) => row.definition as Definition;

  bind(app, deps, wire.listWorkflows, async ({ principal, query, request }) => {
    const { limit, cursor, ...filter } = query;
    const rows = await store.list(principal.project, { ...filter, after: cursorText(cursor) }, limit + 1);
    const page = pageOf(
      rows,
      limit,
      (row) => row,
      ({ name }) => toBase64Url(name),
    );
    // A page may hold fewer than were asked for: some are not theirs to see.
    const items = page.items.filter(({ permissions }) => isPermitted(principal, "view", permissions));
    const names = items.map(({ name }) => name);
    const lastOf = await lastRunsOf(ports.database, principal, names);
    const listed = items.map((row) => ({ ...itemOf(row), lastRun: lastOf.get(row.name) ?? null }));
    return pageReply(request, { ...page, items: listed });
  });
  bind(app, deps, wire.getWorkflow, async ({ principal, params, header }) => {
    const { name, revision = null } = splitReference(params.name);
    const row = await named(principal, name);
    const found = await revisionOf(row, revision ?? row.revision);
    const definition = definitionOf(found);
    const headers = { etag: etagOf(found.hash), vary: "Accept" };
    if (/yaml/i.test(header("accept") ?? "")) {
      return new Response(toYaml(definition), {
        headers: { ...headers, "content-type": "application/yaml; charset=utf-8" },
      });
    }
    const shown = { revision: found.revision, hash: found.hash };
    return { headers, body: { ...headOf(row), ...shown, definition } };
  });
  bind(app, deps, wire.putWorkflow, async ({ principal, params, request, header, audit }) => {
    const read = await readRequestDefinition(request, ports.now());
    const { project } = principal;
    await requireMayCall(ports, principal, params.name, read.calls);
    const mayEdit = (before: WorkflowRow) => requireMaySave(principal, before);
    const depth = readDepth(header("pulse-depth"));
    const ifMatch = header("if-match");
    const who = { project, name: params.name, by: actorOf(principal), ifMatch, depth, mayEdit };
    const { how, workflow, hooks, gone } = await saveWorkflow(ports, who, read);
    audit.note({ details: { how } });
    return {
      status: how === "created" ? 201 : 200,
      // It may have secrets.
      headers: { etag: etagOf(workflow.hash), "cache-control": "no-store" },
      body: {
        ...{ ...headOf(workflow), definition: read.value, warnings: read.warnings },
        webhooks: hooks.map((one) => triggerHookOf(one, deps.config.publicUrl)),
        goneWebhooks: gone,
      },
    };
  });
  bind(app, deps, wire.patchWorkflow, async ({ principal, params, body }) => {
    const { id, name } = await edited(principal, params.name);
    const { enabled, reason = null } = body;
    const note = enabled ? null : { reason, by: actorOf(principal), at: ports.now() };
    const row = await store.setDisabled(id, note, ports.now());
    if (row === null) throw new ProblemError("not_found", `there is no workflow "${name}"`);
    return { body: itemOf(row) };
  });
  bind(app, deps, wire.deleteWorkflow, async ({ principal, params }) => {
    const row = await edited(principal, params.name);
    const times = await removalOfTriggers(ports, row.id);
    const hooks = await removalOfHooks(ports, row.id);
    await store.remove(row.id, ports.now(), [...times, ...hooks.statements]);
    await hooks.written();
    return { status: 204 };
  });
  bind(app, deps, wire.validateWorkflow, async ({ request }) => {
    const { errors, warnings } = await readRequestDefinition(request, ports.now());
    return { body: { valid: errors.length === 0, errors, warnings } };
  });
  bind(app, deps, wire.listRevisions, async ({ principal, params, query, request }) => {
    const row = await named(principal, params.name);
    const before = cursorText(query.cursor);
    if (before !== null && !/^\d{1,9}$/.test(before)) throw badCursor();
    const rows = await store.revisions(row.id, before === null ? null : Number(before), query.limit + 1);
    const page = pageOf(rows, query.limit, revisionHead, ({ revision }) => toBase64Url(String(revision)));
    return pageReply(request, page);
  });
  bind(app, deps, wire.getRevision, async ({ principal, params, query }) => {
    const row = await named(principal, params.name);
    const found = await revisionOf(row, params.revision);
    const definition = definitionOf(found);
    const since = query.since === undefined ? null : definitionOf(await revisionOf(row, query.since));
    const differences = since === null ? null : diffDefinitions(since, definition);
    return { body: { ...revisionHead(found), definition, differences } };
  });
}
