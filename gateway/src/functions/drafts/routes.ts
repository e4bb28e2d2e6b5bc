import { ProblemError } from "@pulse/schema/problem";
import { isTerminal } from "@pulse/schema/status";
import * as wire from "@pulse/schema/wire/drafts";
import { bind } from "../../http/bind.ts";
import type { Deps, Principal, PulseApp } from "../../http/context.ts";
import { pageOf, pageReply } from "../../http/paging.ts";
import { buildFailed, waitUntilBuilt } from "../build.ts";
import { requireMayChange } from "../deploy.ts";
import { createFunctionStore } from "../store.ts";
import { type BuiltDraft, beginBuild, buildView } from "./build.ts";
import { callOf, type DraftCalls } from "./run.ts";
import { checkConditions, deleteDraft, draftView, etagOf, findDraft, headView, saveDraft } from "./save.ts";
import { createDraftStore, type DraftHead } from "./store.ts";

/** A run waits this long for the build; what takes longer is waited for at `…/draft/build`. */
const buildWaitMs = 60_000;

/** Mounts drafts; `calls` is how one is run. */
export function mountDrafts(app: PulseApp, deps: Deps, calls: DraftCalls): void {
  const { ports } = deps;
  const conditionsOf = (header: (name: string) => string | null) => ({
    match: header("if-match"),
    noneMatch: header("if-none-match"),
  });
  /** What a draft does, it does as the function: with its secrets. */
  const checkMay = async (by: Principal, name: string) => {
    const known = await createFunctionStore(ports.database).byName(by.project, name);
    if (known !== null) requireMayChange(by, known);
  };
  const begun = async (by: Principal, name: string, match: string | null): Promise<BuiltDraft> => {
    await checkMay(by, name);
    const draft = await findDraft(ports, by.project, name);
    checkConditions(draft, { match, noneMatch: null }, name);
    return await beginBuild(deps, draft);
  };

  bind(app, deps, wire.listDrafts, async ({ principal, query, request }) => {
    const store = createDraftStore(ports.database);
    const rows = await store.list(principal.project, query.cursor ?? null, query.limit + 1);
    const viewOf = (row: DraftHead) => ({ ...headView(row), exists: row.exists });
    return pageReply(
      request,
      pageOf(rows, query.limit, viewOf, ({ name }) => name),
    );
  });
  bind(app, deps, wire.getDraft, async ({ principal, params }) => {
    const row = await findDraft(ports, principal.project, params.name);
    return { headers: { etag: etagOf(row), "cache-control": "no-store" }, body: draftView(row) };
  });
  bind(app, deps, wire.putDraft, async ({ principal, params, body, header }) => {
    await checkMay(principal, params.name);
    const { row, isNew } = await saveDraft(ports, principal.project, params.name, body, conditionsOf(header));
    return { status: isNew ? 201 : 200, headers: { etag: etagOf(row) }, body: draftView(row) };
  });
  bind(app, deps, wire.deleteDraft, async ({ principal, params, header }) => {
    await checkMay(principal, params.name);
    await deleteDraft(ports, principal.project, params.name, conditionsOf(header));
    return { status: 204 };
  });
  bind(app, deps, wire.buildDraft, async ({ principal, params, query, header, signal }) => {
    const built = await begun(principal, params.name, header("if-match"));
    const version = await waitUntilBuilt(deps, built.version, query.wait * 1000, signal);
    const status = version.status === "building" ? 202 : 200;
    return { status, body: await buildView(ports, { ...built, version }) };
  });
  bind(app, deps, wire.runDraft, async ({ principal, params, query, body, header, requestId, signal }) => {
    const { project } = principal;
    const begunBuild = await begun(principal, params.name, header("if-match"));
    const version = await waitUntilBuilt(deps, begunBuild.version, buildWaitMs, signal);
    if (version.status === "failed") throw await buildFailed(ports, version, true);
    if (version.status === "building") {
      throw new ProblemError("version_not_ready", `the draft of "${params.name}" is still being built`, {
        retryAfter: 2,
        members: { buildExecution: version.buildExecution },
      });
    }
    const built = { ...begunBuild, version };
    const id = await calls.start(callOf(built, body, { credential: principal.id, requestId }), signal);
    const run = await calls.look(project, id, query.wait * 1000, signal);
    const status = isTerminal(run.execution.status) ? 200 : 202;
    const location = `${deps.config.publicUrl}/v1/executions/${id}`;
    return { status, headers: { location }, body: { ...run, build: await buildView(ports, built) } };
  });
}
