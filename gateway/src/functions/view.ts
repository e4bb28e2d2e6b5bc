import { formatDuration } from "@pulse/schema/duration-text";
import type { FunctionView, VersionView } from "@pulse/schema/wire/functions";
import type { Deps, HttpConfig } from "../http/context.ts";
import { type AliasRow, createFunctionStore, type FunctionWithAliases, type VersionRow } from "./store.ts";

const time = (ms: number) => new Date(ms).toISOString();

/** A function as the control API shows it. */
export function functionView(
  { row, aliases, runtime }: FunctionWithAliases,
  config: HttpConfig,
): FunctionView {
  const base = config.functionsUrl ?? config.publicUrl;
  const path = row.project === "default" ? row.name : `${row.project}~${row.name}`;
  return {
    id: row.id,
    name: row.name,
    url: `${base}/f/${path}`,
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
    aliases: aliases
      .filter(({ versionId }) => versionId === row.id)
      .map(({ name: alias, movedAt, movedBy, movedFrom, reason }) => ({
        alias,
        movedAt: time(movedAt),
        movedBy,
        movedFrom,
        reason,
      })),
  };
}
