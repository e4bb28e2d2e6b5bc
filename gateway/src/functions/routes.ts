import { ProblemError } from "@pulse/schema/problem";
import * as wire from "@pulse/schema/wire/functions";
import { type LivePatch, type LiveSettings, liveSettings } from "@pulse/schema/wire/manifest";
import { bind } from "../http/bind.ts";
import type { Deps, Principal, PulseApp } from "../http/context.ts";
import { badCursor, pageOf, pageReply } from "../http/paging.ts";
import { mountAliases } from "./aliases/routes.ts";
import { buildFailed, waitUntilBuilt } from "./build.ts";
import { changeSettings, deploy, ensureFunction, requireMayChange } from "./deploy.ts";
import { checkAuth } from "./pack.ts";
import { createResolver } from "./resolve.ts";
import { sourceOf } from "./source.ts";
import { createFunctionStore, type FunctionRow, type VersionRow } from "./store.ts";
import { fromJson, fromMultipart } from "./upload.ts";
import { etagOf, functionView, versionView } from "./view.ts";

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
    const upload = given === undefined ? await fromMultipart(request) : fromJson(given);
    const alias = query.alias === "none" ? null : query.alias;
    const asked = { ...upload, name: params.name, by: principal, alias, ttlMs: ttlOf(query) };
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
  mountAliases(app, deps);
}

function named(patch: LivePatch): Partial<LiveSettings> {
  // Zod leaves out what was not sent; nothing here is undefined on purpose.
  return Object.fromEntries(
    Object.entries(patch).filter(([, value]) => value !== undefined),
  ) as Partial<LiveSettings>;
}

/** How long the alias that a deploy moves is to last. Throws `validation_failed` where it cannot have an end. */
function ttlOf({ alias, ttl = null }: { alias: string; ttl?: number | null | undefined }): number | null {
  if (ttl === null || (alias !== "live" && alias !== "none")) return ttl;
  const detail = "ttl needs an alias of its own, as in ?alias=preview-x&ttl=14d: live stays";
  throw new ProblemError("validation_failed", detail, { errors: [{ pointer: "/ttl", detail }] });
}

function checkMatch(given: string | null, row: FunctionRow): void {
  if (given === null || given === "*" || given === etagOf(row)) return;
  throw new ProblemError("precondition_failed", `"${row.name}" has changed since it was read`);
}
