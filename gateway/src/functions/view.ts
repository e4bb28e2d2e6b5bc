import { formatDuration } from "@pulse/schema/duration-text";
import type { FunctionView, VersionView } from "@pulse/schema/wire/functions";
import type { Deps, HttpConfig } from "../http/context.ts";
import { type AliasRow, createFunctionStore, type FunctionWithAliases, type VersionRow } from "./store.ts";

const time = (ms: number) => new Date(ms).toISOString();

/** Where a function is called. */
export function functionUrl(
  { project, name }: { project: string; name: string },
  config: Pick<HttpConfig, "functionsUrl" | "publicUrl">,
): string {
  const base = config.functionsUrl ?? config.publicUrl;
  return `${base}/f/${project === "default" ? name : `${project}~${name}`}`;
}

/** The tag of a function as it is. */
export function etagOf({ updatedAt, latest }: { updatedAt: number; latest: number }): string {
  return `"${updatedAt}-${latest}"`;
}

/** A function as the control API shows it. */
export function functionView(
  { row, aliases, runtime }: FunctionWithAliases,
  config: HttpConfig,
): FunctionView {
  return {
    id: row.id,
    name: row.name,
    url: functionUrl(row, config),
    runtime,
    latest: row.latest,
    aliases,
    settings: {
      ...row.settings,
      keepAlive: formatDuration(row.settings.keepAlive),
    } as FunctionView["settings"],
    createdAt: time(row.createdAt),
    updatedAt: time(row.updatedAt),
  };
}

/** The functions of these names as they are now; one that is gone is left out. */
export async function functionsByName(
  { ports, config }: Deps,
  project: string,
  names: readonly string[],
): Promise<Map<string, FunctionView>> {
  const found = await createFunctionStore(ports.database).named(project, names);
  return new Map(found.map((one) => [one.row.name, functionView(one, config)]));
}

/** A version as the control API shows it, with those of the function's aliases that stand there. */
export function versionView(row: VersionRow, name: string, aliases: readonly AliasRow[]): VersionView {
  const { settings } = row;
  const retry = {
    ...settings.retry,
    backoff: formatDuration(settings.retry.backoff),
    maxBackoff: formatDuration(settings.retry.maxBackoff),
    maxAge: formatDuration(settings.retry.maxAge),
  };
  return {
    id: row.id,
    function: name,
    version: row.number,
    status: row.status,
    runtime: row.runtime,
    entry: row.entry,
    settings: { ...settings, timeout: formatDuration(settings.timeout), retry } as VersionView["settings"],
    image: row.image,
    bundle: row.bundleSha256,
    bundleBytes: row.bundleBytes,
    kinds: row.kinds,
    schema: (row.schema ?? null) as VersionView["schema"],
    message: row.message,
    createdBy: row.createdBy,
    buildExecution: row.buildExecution,
    error: row.error,
    createdAt: time(row.createdAt),
    aliases: aliases.flatMap((alias) => {
      const { movedAt, movedBy, movedFrom, reason, canaryId, versionId } = alias;
      const weight = canaryId === null ? 0 : (alias.weight ?? 0);
      const share = versionId === row.id ? 100 - weight : canaryId === row.id ? weight : null;
      if (share === null) return [];
      return [{ alias: alias.name, movedAt: time(movedAt), movedBy, movedFrom, reason, share }];
    }),
  };
}
