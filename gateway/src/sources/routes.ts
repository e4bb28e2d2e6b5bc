import { makeId } from "@pulse/schema/ids";
import { ProblemError } from "@pulse/schema/problem";
import { sourceScopes } from "@pulse/schema/source-scopes";
import * as wire from "@pulse/schema/wire/sources";
import { actorOf } from "../http/actor.ts";
import { bind } from "../http/bind.ts";
import type { Deps, Principal, PulseApp } from "../http/context.ts";
import { toBase64Url } from "../http/encoding.ts";
import { pageOf, pageReply } from "../http/paging.ts";
import { mayDo } from "../http/require-may.ts";
import { callLimitsOf } from "../limits/call-limits.ts";
import { checkUrl } from "../outbound/check-url.ts";
import type { Ports } from "../ports.ts";
import { dropSecret, putSecret } from "../secrets/vault.ts";
import { archiveRequest } from "./archive-request.ts";
import { requestSync } from "./keep-syncing.ts";
import { mountPush } from "./push-route.ts";
import { createSourceStore, type SourceRow } from "./store.ts";
import { sourceViewOf, syncViewOf } from "./view.ts";

const sourcesMost = 50;
/** Each holds an archive in memory while it looks. */
const diffsPerMinute = 20;
const secretBytes = 32;
const noStore = { "cache-control": "no-store" };

/** Mounts sources: repositories that a project is made from, and where their hosts tell of pushes. */
export function mountSources(app: PulseApp, deps: Deps): void {
  const { ports, config } = deps;
  const store = createSourceStore(ports.database);
  const found = async ({ project }: Principal, name: string) => {
    const row = await store.byName(project, name);
    if (row === null) throw new ProblemError("not_found", `there is no source "${name}"`);
    return row;
  };
  const viewOf = async (row: SourceRow) =>
    sourceViewOf(row, (await store.newest([row.id])).get(row.id), config.publicUrl);

  mountPush(app, deps);

  bind(app, deps, wire.listSources, async ({ principal, query, request }) => {
    const rows = await store.list(principal.project, query.cursor ?? "", query.limit + 1);
    const newest = await store.newest(rows.map(({ id }) => id));
    const shown = (row: SourceRow) => sourceViewOf(row, newest.get(row.id), config.publicUrl);
    return pageReply(
      request,
      pageOf(rows, query.limit, shown, ({ name }) => name),
    );
  });

  bind(app, deps, wire.createSource, async ({ principal, body, audit }) => {
    const { project } = principal;
    checkRepository(ports, body.repository);
    // What cannot be asked for is told now, and not by the first sync.
    archiveRequest(body, null);
    if ((await store.byName(project, body.name)) !== null) throw taken(body.name);
    if ((await store.list(project, "", sourcesMost)).length >= sourcesMost) {
      throw new ProblemError("conflict", `a project has at most ${sourcesMost} sources`);
    }
    const now = ports.now();
    const id = makeId("source", now, ports.random(10));
    // First, so that no address is ever there without one.
    const secret = await newSecret(ports, project, id);
    const row = { ...body, id, project, createdBy: actorOf(principal), createdAt: now, updatedAt: now };
    if (!(await store.insert(row))) {
      await dropSecret(ports, { project, kind: "source", name: id });
      throw taken(body.name);
    }
    audit.note({ target: body.name });
    return { status: 201, headers: noStore, body: { ...(await viewOf(row)), secret } };
  });

  bind(app, deps, wire.getRepositorySource, async ({ principal, params }) => ({
    body: await viewOf(await found(principal, params.name)),
  }));

  bind(app, deps, wire.changeSource, async ({ principal, params, body }) => {
    const row = await found(principal, params.name);
    const given = Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined));
    const changed = await store.change(row.id, { ...given, updatedAt: ports.now() });
    return { body: await viewOf(changed ?? row) };
  });

  bind(app, deps, wire.deleteSource, async ({ principal, params }) => {
    const { id, project } = await found(principal, params.name);
    await store.remove(id);
    await dropSecret(ports, { project, kind: "source", name: id });
    return { status: 204 };
  });

  bind(app, deps, wire.rotateSource, async ({ principal, params }) => {
    const { id, project } = await found(principal, params.name);
    return { headers: noStore, body: { secret: await newSecret(ports, project, id) } };
  });

  bind(app, deps, wire.syncSource, async ({ principal, params }) => {
    const source = await found(principal, params.name);
    requireMaySync(principal);
    const row = await requestSync(app, deps, source, actorOf(principal));
    if (row === null) throw new ProblemError("not_found", `there is no source "${params.name}"`);
    return { status: 202, body: syncViewOf(row, source.name) };
  });

  bind(app, deps, wire.diffSource, async ({ principal, params, request, requestId, signal }) => {
    const source = await found(principal, params.name);
    await callLimitsOf(deps).attempt(`source diff ${principal.project}`, diffsPerMinute);
    const { differencesFrom } = await import("./diff-source.ts");
    return { body: await differencesFrom(app, deps, source, { request, requestId, signal }) };
  });

  bind(app, deps, wire.listSyncs, async ({ principal, params, query, request }) => {
    const source = await found(principal, params.name);
    const rows = await store.syncs(source.id, query.cursor ?? null, query.limit + 1);
    return pageReply(
      request,
      pageOf(
        rows,
        query.limit,
        (row) => syncViewOf(row, source.name),
        ({ id }) => id,
      ),
    );
  });

  bind(app, deps, wire.getSync, async ({ principal, params }) => {
    const source = await found(principal, params.name);
    const row = await store.sync(source.id, params.sync);
    if (row === null) throw new ProblemError("not_found", `"${source.name}" has no sync "${params.sync}"`);
    return { body: syncViewOf(row, source.name) };
  });
}

/** Throws unless a repository may be asked for from here: over https, and over http only where the operator named the host. */
function checkRepository({ outbound }: Pick<Ports, "outbound">, repository: string): void {
  const { url, isAllowed } = checkUrl(repository, outbound.policy);
  if (url.protocol === "https:" || isAllowed) return;
  const detail = "/repository: must begin with https://, for a token and code are not sent in the open";
  throw new ProblemError("validation_failed", detail, { errors: [{ pointer: "/repository", detail }] });
}

/** Throws unless somebody may themselves all that the source does for them: nobody gets a schedule, or a start, by a sync that `pulse apply` would refuse them. */
function requireMaySync(principal: Principal): void {
  const { project } = principal;
  const lacked = sourceScopes.filter((scope) => !mayDo(principal, scope, { project }));
  if (lacked.length === 0) return;
  const detail = `a sync does what it does with "${sourceScopes.join('", "')}", and who starts one needs them all: "${lacked.join('", "')}" is missing`;
  throw new ProblemError("forbidden", detail);
}

async function newSecret(ports: Ports, project: string, id: string): Promise<string> {
  const secret = toBase64Url(ports.random(secretBytes));
  await putSecret(ports, { project, kind: "source", name: id }, secret);
  return secret;
}

function taken(name: string): ProblemError {
  return new ProblemError("name_taken", `there is a source "${name}" already`);
}
