import { ProblemError } from "@pulse/schema/problem";
import { builtVersion, type ExecutionError, executionError } from "@pulse/schema/wire/job";
import type { LiveSettings } from "@pulse/schema/wire/manifest";
import type { Deps } from "../http/context.ts";
import type { Ports } from "../ports.ts";
import { createResolver } from "./resolve.ts";
import { createFunctionStore, type VersionRow } from "./store.ts";

const buildTimeoutMs = 15 * 60_000;
const submitMostMs = 30_000;
const tailLines = 20;
/** What code that runs as a draft is told of its version; the version of its executions is null. */
export const draftNumber = 0;

/** Submits the build execution of a version: dependencies, then a smoke load. */
export async function submitBuild(
  deps: Pick<Deps, "hub" | "ports">,
  version: VersionRow,
  of: { name: string; live: LiveSettings; isDraft?: boolean },
  execution: string,
): Promise<void> {
  const now = deps.ports.now();
  await deps.hub.invoke(
    {
      waitMs: 0,
      body: null,
      execution: {
        id: execution,
        requires: { runtime: version.runtime, labels: of.live.labels, arch: null },
        mode: "async",
        pool: of.live.pool,
        functionId: version.functionId,
        versionId: version.id,
        runAt: now,
        expiresAt: null,
        createdAt: now,
        parentId: null,
        cap: null,
        retry: null,
        idempotency: null,
        mayRedeliver: true,
        job: {
          kind: "build",
          execution,
          project: version.project,
          delivery: "atLeastOnce",
          timeoutMs: buildTimeoutMs,
          deadlineMs: null,
          traceparent: null,
          version: version.id,
          bundle: `sha256:${version.bundleSha256}`,
          spec: {
            function: {
              id: version.functionId,
              name: of.name,
              version: of.isDraft ? draftNumber : version.number,
            },
            runtime: version.runtime,
            entry: version.entry,
            settings: version.settings,
          },
        },
      },
    },
    new AbortController().signal,
  );
}

/** Submits the build of a version once more when that failed, or the gateway ended, between the version and its build. */
export async function resubmitLost(
  deps: Pick<Deps, "hub" | "ports">,
  version: VersionRow,
  of: Parameters<typeof submitBuild>[2],
): Promise<void> {
  const { status, buildExecution, createdAt } = version;
  const mayBeOnItsWay = deps.ports.now() - createdAt < submitMostMs;
  if (status !== "building" || buildExecution === null || mayBeOnItsWay) return;
  if (await createFunctionStore(deps.ports.database).isBuildKnown(buildExecution)) return;
  await submitBuild(deps, version, of, buildExecution);
}

/** Ends the building of the version that this execution built: ready (and its alias moves) or failed. Idempotent. */
export async function finishBuild(ports: Ports, execution: string): Promise<void> {
  const store = createFunctionStore(ports.database);
  const version = await store.versionByBuild(execution);
  const end = await store.buildEnd(execution);
  if (version === null || end === null || version.status !== "building") return;
  const now = ports.now();
  const built =
    end.built === null
      ? null
      : builtVersion.parse(JSON.parse(new TextDecoder().decode(Uint8Array.fromBase64(end.built))));
  if (end.status === "succeeded" && built !== null) {
    const { deps, buildKey, kinds, schema, image = null } = built;
    const { project, functionId, id, moveAlias, moveTtlMs, createdAt, createdBy } = version;
    const ready = {
      status: "ready" as const,
      depsSha256: deps,
      buildKey,
      image,
      kinds,
      schema,
      readyAt: now,
    };
    const build = deps !== null && buildKey !== null && { project, buildKey, contentSha256: deps, execution };
    const expiresAt = moveTtlMs === null ? null : now + moveTtlMs;
    const alias = moveAlias !== null && { project, functionId, name: moveAlias, versionId: id, expiresAt };
    await store.endBuilding(version, ready, now, {
      ...(build ? { build: { ...build, createdAt: now } } : {}),
      ...(alias ? { alias: { ...alias, movedAt: createdAt, movedBy: createdBy } } : {}),
    });
  } else {
    const error = end.error === null ? null : executionError.parse(JSON.parse(end.error));
    const where = error?.file === undefined ? "" : `${error.file}:${error.line ?? 0}: `;
    const failed = {
      status: "failed" as const,
      error: `${where}${error?.message ?? `the build ${end.status}`}`,
    };
    await store.endBuilding(version, failed, now);
  }
  createResolver({ ports }).forget();
}

/** The version after its build, for which it waits up to `waitMs`. */
export async function waitUntilBuilt(
  { hub, ports }: Pick<Deps, "hub" | "ports">,
  version: VersionRow,
  waitMs: number,
  signal: AbortSignal,
): Promise<VersionRow> {
  if (waitMs === 0 || version.status !== "building" || version.buildExecution === null) return version;
  const invoked = await hub.wait({ id: version.buildExecution, waitMs }, signal);
  if (invoked.kind === "settled") await finishBuild(ports, version.buildExecution);
  // Where the hub is elsewhere, it was there that the alias moved.
  createResolver({ ports }).forget();
  return (await createFunctionStore(ports.database).versionById(version.id)) ?? version;
}

/** Why the build of a version failed: null while it has not, or when its execution is gone. */
export async function buildError(
  ports: Ports,
  { buildExecution, status }: VersionRow,
): Promise<ExecutionError | null> {
  if (status !== "failed" || buildExecution === null) return null;
  const end = await createFunctionStore(ports.database).buildEnd(buildExecution);
  return end === null || end.error === null ? null : executionError.parse(JSON.parse(end.error));
}

/** The problem of a version whose build failed, with the end of its log, and file and line where they are known. */
export async function buildFailed(ports: Ports, version: VersionRow, isDraft = false): Promise<ProblemError> {
  const { buildExecution } = version;
  const [log, error] = await Promise.all([
    buildExecution === null ? "" : buildLogTail(ports, buildExecution),
    buildError(ports, version),
  ]);
  const where = error?.file === undefined ? {} : { file: error.file, line: error.line ?? null };
  const number = isDraft ? {} : { version: version.number };
  return new ProblemError("build_failed", version.error ?? "the build failed", {
    members: { ...number, buildExecution, ...where, log },
  });
}

/** Finishes versions whose build ended while nobody could take the news. */
export async function finishLeftBuilds(ports: Ports): Promise<void> {
  for (const execution of await createFunctionStore(ports.database).buildsToFinish())
    await finishBuild(ports, execution);
}

/** The last lines of a build's log, as text. */
async function buildLogTail(ports: Ports, execution: string): Promise<string> {
  const lines: string[] = [];
  for (const chunk of await createFunctionStore(ports.database).buildLog(execution)) {
    const text = new TextDecoder().decode(await ports.gunzip(chunk, 2 ** 20));
    for (const line of text.split("\n")) if (line !== "") lines.push((JSON.parse(line) as { d: string }).d);
  }
  return lines.slice(-tailLines).join("\n");
}
