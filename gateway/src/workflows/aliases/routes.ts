import { ProblemError } from "@pulse/schema/problem";
import * as wire from "@pulse/schema/wire/workflow-aliases";
import { actorOf } from "../../http/actor.ts";
import { bind } from "../../http/bind.ts";
import type { Deps, Principal, PulseApp } from "../../http/context.ts";
import { requirePermitted, requireView } from "../permissions.ts";
import { createWorkflowStore, type WorkflowRow } from "../store.ts";
import { type AliasRow, createAliasStore } from "./store.ts";

const aliasesMost = 100;

/** Mounts the aliases of workflows. */
export function mountWorkflowAliases(app: PulseApp, deps: Deps): void {
  const { ports } = deps;
  const workflows = createWorkflowStore(ports.database);
  const store = createAliasStore(ports.database);

  const named = async (by: Principal, name: string): Promise<WorkflowRow> => {
    const row = await workflows.byName(by.project, name);
    if (row === null) throw new ProblemError("not_found", `there is no workflow "${name}"`);
    requireView(by, row);
    return row;
  };

  bind(app, deps, wire.listWorkflowAliases, async ({ principal, params }) => {
    const { id } = await named(principal, params.name);
    return { body: { items: (await store.list(id)).map(viewOf) } };
  });

  bind(app, deps, wire.putWorkflowAlias, async ({ principal, params, body, audit }) => {
    const { id, project, name, ...row } = await named(principal, params.name);
    requirePermitted(principal, "edit", { name, ...row });
    if ((await workflows.revision(id, body.revision)) === null) {
      throw new ProblemError("not_found", `the workflow "${name}" has no revision ${body.revision}`);
    }
    const all = await store.list(id);
    const before = all.find((one) => one.name === params.alias);
    if (before === undefined && all.length >= aliasesMost) {
      throw new ProblemError("conflict", `a workflow has at most ${aliasesMost} aliases`, {
        hint: "Remove one that nothing names any more.",
      });
    }
    const moved: AliasRow = {
      ...{ workflowId: id, name: params.alias, project, revision: body.revision },
      ...{ movedAt: ports.now(), movedBy: actorOf(principal) },
    };
    await store.move(moved);
    audit.note({ before: { revision: before?.revision ?? null }, after: { revision: body.revision } });
    return { status: before === undefined ? 201 : 200, body: viewOf(moved) };
  });

  bind(app, deps, wire.deleteWorkflowAlias, async ({ principal, params }) => {
    const row = await named(principal, params.name);
    requirePermitted(principal, "edit", row);
    if (await store.remove(row.id, params.alias, ports.now())) return { status: 204 };
    throw new ProblemError("not_found", `the workflow "${row.name}" has no alias ${params.alias}`);
  });
}

function viewOf({ name, revision, movedAt, movedBy }: AliasRow) {
  return { alias: name, revision, movedAt: new Date(movedAt).toISOString(), movedBy };
}
