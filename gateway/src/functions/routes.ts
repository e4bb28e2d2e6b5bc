import { ProblemError } from "@pulse/schema/problem";
import * as wire from "@pulse/schema/wire/functions";
import { type LivePatch, type LiveSettings, liveSettings } from "@pulse/schema/wire/manifest";
import { actorOf } from "../http/actor.ts";
import { bind } from "../http/bind.ts";
import type { Deps, Principal, PulseApp } from "../http/context.ts";
import { badCursor, pageOf, pageReply } from "../http/paging.ts";
import { buildFailed, waitUntilBuilt } from "./build.ts";
import { changeSettings, deploy, ensureFunction, requireMayChange } from "./deploy.ts";
import { checkAuth } from "./pack.ts";
import { createResolver } from "./resolve.ts";
import { sourceOf } from "./source.ts";
import { createFunctionStore, type FunctionRow, type VersionRow } from "./store.ts";
import { fromJson, fromMultipart } from "./upload.ts";
import { functionView, versionView } from "./view.ts";

/** Mounts functions, versions and aliases. */
export function mountFunctions(app: PulseApp, deps: Deps): void {
  const { ports, config } = deps;
  const store = createFunctionStore(ports.database);

  const find = async (project: string, name: string): Promise<FunctionRow> => {
    const row = await store.byName(project, name);
    if (row === null) throw new ProblemError("not_found", `there is no function "${name}"`);
    return row;
  };
  /** A function that somebody changes, whom its own permissions let do so. */
  const changing = async (principal: Principal, name: string): Promise<FunctionRow> => {
    const row = await find(principal.project, name);
    requireMayChange(principal, row);
    return row;
  };
  const view = async (row: FunctionRow) => {
    const body = functionView(await store.withAliases(row), config);
    return { body, headers: { etag: etagOf(row) } };
  };

  bind(app, deps, wire.listFunctions, async ({ principal, query, request }) => {
    const found = await store.list(principal.project, query.cursor ?? null, query.limit + 1);
    const viewOf = (one: (typeof found)[number]) => functionView(one, config);
    return pageReply(
      request,
      pageOf(found, query.limit, viewOf, ({ row }) => row.name),
    );
  });
  bind(app, deps, wire.getFunction, async ({ principal, params }) =>
    view(await find(principal.project, params.name)),
  );
  bind(app, deps, wire.putFunction, async ({ principal, params, body, header, audit }) => {
    checkAuth(body);
    const known = await store.byName(principal.project, params.name);
    if (known === null) {
      const made = await ensureFunction(deps, principal.project, params.name, named(body));
      audit.note({ after: made.settings });
      return { status: 201, ...(await view(made)) };
    }
    requireMayChange(principal, known);
    checkMatch(header("if-match"), known);
    const put = await changeSettings(deps, known, { ...liveSettings.parse({}), ...named(body) });
    audit.note({ before: known.settings, after: put.settings });
    return view(put);
  });
  bind(app, deps, wire.patchFunction, async ({ principal, params, body, header, audit }) => {
    checkAuth(body);
    const known = await changing(principal, params.name);
    checkMatch(header("if-match"), known);
    const patched = await changeSettings(deps, known, { ...known.settings, ...named(body) });
    audit.note({ before: known.settings, after: patched.settings });
    return view(patched);
  });
  bind(app, deps, wire.deleteFunction, async ({ principal, params, header }) => {
    const known = await changing(principal, params.name);
    checkMatch(header("if-match"), known);
    await store.remove(known.id, ports.now());
    createResolver(deps).forget();
    return { status: 204 };
  });

  bind(app, deps, wire.deployVersion, async ({ principal, params, query, body: given, request, signal }) => {
    const upload = given === undefined ? await fromMultipart(request, ports) : fromJson(given);
    const alias = query.alias === "none" ? null : query.alias;
    const asked = { ...upload, name: params.name, by: principal, alias };
    const { version, isNew } = await deploy(deps, principal.project, asked);
    const ended = await waitUntilBuilt(deps, version, (query.wait ?? 0) * 1000, signal);
    if (ended.status === "failed" && query.wait !== undefined) throw await buildFailed(ports, ended);
    const location = `${config.publicUrl}/v1/functions/${params.name}/versions/${ended.number}`;
    const body = versionView(ended, params.name, await store.aliasesOf(ended.functionId));
    return { status: isNew ? 201 : 200, headers: { location }, body };
  });

  bind(app, deps, wire.listVersions, async ({ principal, params, query, request }) => {
    const { id } = await find(principal.project, params.name);
    if (query.cursor !== undefined && !/^\d{1,9}$/.test(query.cursor)) throw badCursor();
    const below = query.cursor === undefined ? null : Number(query.cursor);
    const found = await store.versions(id, below, query.limit + 1);
    const aliases = await store.aliasesOf(id);
    const viewOf = (row: VersionRow) => versionView(row, params.name, aliases);
    return pageReply(
      request,
      pageOf(found, query.limit, viewOf, ({ number }) => String(number)),
    );
  });
  const findVersion = async (project: string, name: string, version: string): Promise<VersionRow> => {
    const { id } = await find(project, name);
    const numbered = /^[1-9]\d{0,8}$/.test(version);
    const row = numbered
      ? await store.versionByNumber(id, Number(version))
      : await store.versionByAlias(id, version);
    if (row === null) throw new ProblemError("not_found", `"${name}" has no version "${version}"`);
    return row;
  };
  bind(app, deps, wire.getVersion, async ({ principal, params }) => {
    const row = await findVersion(principal.project, params.name, params.version);
    return { body: versionView(row, params.name, await store.aliasesOf(row.functionId)) };
  });
  bind(app, deps, wire.getSource, async ({ principal, params, header }) => {
    const row = await findVersion(principal.project, params.name, params.version);
    // The version is part of the answer, and an alias may name another one tomorrow.
    const headers = { etag: `"${row.number}-${row.bundleSha256}"`, "cache-control": "private, no-cache" };
    if (header("if-none-match") === headers.etag) return new Response(null, { status: 304, headers });
    const files = await sourceOf(ports, row);
    return { headers, body: { function: params.name, version: row.number, files } };
  });
  bind(app, deps, wire.putAlias, async ({ principal, params, body, audit }) => {
    const { project } = principal;
    const row = await changing(principal, params.name);
    const version = await store.versionByNumber(row.id, body.version);
    if (version === null)
      throw new ProblemError("not_found", `"${params.name}" has no version ${body.version}`);
    if (version.status !== "ready") {
      throw new ProblemError(
        "version_not_ready",
        `version ${body.version} of "${params.name}" is ${version.status}`,
      );
    }
    const stood = await store.versionByAlias(row.id, params.alias);
    audit.note({ before: { version: stood?.number ?? null }, after: { version: version.number } });
    const movedAt = ports.now();
    await store.moveAlias({
      project,
      functionId: row.id,
      name: params.alias,
      versionId: version.id,
      movedAt,
      movedBy: actorOf(principal),
      reason: body.reason ?? null,
    });
    createResolver(deps).forget();
    return view(row);
  });
  bind(app, deps, wire.deleteAlias, async ({ principal, params }) => {
    const row = await changing(principal, params.name);
    if (params.alias === "live")
      throw new ProblemError("conflict", "the alias live cannot be removed, only moved");
    if (!(await store.removeAlias(row.id, params.alias, ports.now()))) {
      throw new ProblemError("not_found", `"${params.name}" has no alias "${params.alias}"`);
    }
    createResolver(deps).forget();
    return { status: 204 };
  });
}

function named(patch: LivePatch): Partial<LiveSettings> {
  // Zod leaves out what was not sent; nothing here is undefined on purpose.
  return Object.fromEntries(
    Object.entries(patch).filter(([, value]) => value !== undefined),
  ) as Partial<LiveSettings>;
}

function etagOf(row: FunctionRow): string {
  return `"${row.updatedAt}-${row.latest}"`;
}

function checkMatch(given: string | null, row: FunctionRow): void {
  if (given === null || given === "*" || given === etagOf(row)) return;
  throw new ProblemError("precondition_failed", `"${row.name}" has changed since it was read`);
}
