import { ProblemError } from "@pulse/schema/problem";
import * as wire from "@pulse/schema/wire/function-aliases";
import { actorOf } from "../../http/actor.ts";
import { bind } from "../../http/bind.ts";
import type { Deps, PulseApp } from "../../http/context.ts";
import { requireMayChange } from "../deploy.ts";
import { createResolver } from "../resolve.ts";
import { createFunctionStore, type FunctionRow, type VersionRow } from "../store.ts";
import { etagOf, functionUrl, functionView } from "../view.ts";
import { createAliasStore } from "./store.ts";
import { aliasView, shownFrom } from "./view.ts";

/** Mounts the aliases of functions. */
export function mountAliases(app: PulseApp, deps: Deps): void {
  const { ports, config } = deps;
  const functions = createFunctionStore(ports.database);
  const store = createAliasStore(ports.database);

  const find = async (project: string, name: string): Promise<FunctionRow> => {
    const row = await functions.byName(project, name);
    if (row === null) throw new ProblemError("not_found", `there is no function "${name}"`);
    return row;
  };
  /** A version that an alias may stand for. */
  const ready = async ({ id, name }: FunctionRow, number: number): Promise<VersionRow> => {
    const version = await functions.versionByNumber(id, number);
    if (version === null) throw new ProblemError("not_found", `"${name}" has no version ${number}`);
    if (version.status === "ready") return version;
    throw new ProblemError("version_not_ready", `version ${number} of "${name}" is ${version.status}`);
  };

  bind(app, deps, wire.listAliases, async ({ principal, params }) => {
    const { id, project, name } = await find(principal.project, params.name);
    const items = [];
    for (const one of await store.numbered(id)) {
      const from = shownFrom(one, ports.now());
      const { versionId, canaryId, splitAt } = one.row;
      const calls =
        from === null || canaryId === null || splitAt === null
          ? null
          : { from, of: await store.calls([versionId, canaryId], { from, splitAt }) };
      items.push(aliasView(one, functionUrl({ project, name }, config), calls));
    }
    return { body: { items } };
  });

  bind(app, deps, wire.putAlias, async ({ principal, params, body, audit }) => {
    const row = await find(principal.project, params.name);
    requireMayChange(principal, row);
    checkMove(params.alias, body);
    const version = await ready(row, body.version);
    const canary = body.canary === undefined ? null : await ready(row, body.canary.version);
    const stood = await store.pointed(row.id, params.alias);
    audit.note({
      before: {
        version: stood?.version.number ?? null,
        ...canaryFacts(stood?.canary?.number, stood?.weight),
      },
      after: { version: version.number, ...canaryFacts(canary?.number, body.canary?.weight) },
    });
    const { ifCanary } = body;
    if (ifCanary !== undefined && (stood?.canary?.number ?? null) !== ifCanary)
      throw changedMeanwhile(params.alias);
    const now = ports.now();
    const isMoved = await functions.moveAlias({
      ...{ project: row.project, functionId: row.id, name: params.alias, versionId: version.id },
      ...{ movedAt: now, movedBy: actorOf(principal), reason: body.reason ?? null },
      ...(canary === null || body.canary === undefined ? {} : splitOf(canary.id, body.canary, now)),
      ...(body.ttl === undefined ? {} : { expiresAt: now + body.ttl }),
      ...(ifCanary === undefined ? {} : { ifCanary: stood?.canary?.id ?? null }),
    });
    createResolver(deps).forget();
    // Between the look and the move the gateway may have ended the split.
    if (!isMoved) throw ifCanary === undefined ? movedLater(params.alias) : changedMeanwhile(params.alias);
    const answer = functionView(await functions.withAliases(row), config);
    return { body: answer, headers: { etag: etagOf(row) } };
  });

  bind(app, deps, wire.deleteAlias, async ({ principal, params }) => {
    const row = await find(principal.project, params.name);
    requireMayChange(principal, row);
    if (params.alias === "live")
      throw new ProblemError("conflict", "the alias live cannot be removed, only moved");
    if (!(await functions.removeAlias(row.id, params.alias, ports.now()))) {
      throw new ProblemError("not_found", `"${params.name}" has no alias "${params.alias}"`);
    }
    createResolver(deps).forget();
    return { status: 204 };
  });
}

function splitOf(canaryId: string, asked: wire.CanaryBody, now: number) {
  const { weight, maxErrorRate, minCalls, window: windowMs } = asked;
  const guard = maxErrorRate === undefined ? null : { maxErrorRate, minCalls, windowMs };
  return { canaryId, weight, splitAt: now, guard };
}

const canaryFacts = (version: number | undefined, weight: number | null | undefined) => ({
  canary: version === undefined ? null : version,
  weight: weight ?? null,
});

/** Throws `validation_failed` for what an alias cannot be. */
function checkMove(
  alias: string,
  {
    version,
    canary,
    ttl,
  }: { version: number; canary?: wire.CanaryBody | undefined; ttl?: number | undefined },
): void {
  const refuse = (pointer: string, detail: string) =>
    new ProblemError("validation_failed", detail, { errors: [{ pointer, detail }] });
  if (canary?.version === version)
    throw refuse("/canary/version", `must be another version than ${version}, which gets the other calls`);
  if (alias === "live" && ttl !== undefined)
    throw refuse("/ttl", "live stays: only other aliases can have an end");
}

function changedMeanwhile(alias: string): ProblemError {
  return new ProblemError("conflict", `the split of ${alias} is not the one that was named any more`, {
    hint: "Read the aliases again: its reason says what became of it.",
  });
}

function movedLater(alias: string): ProblemError {
  return new ProblemError("conflict", `${alias} was moved after this, as the clocks of the gateways say`, {
    hint: "Read the aliases, and move it again if it is not where it should be.",
  });
}
