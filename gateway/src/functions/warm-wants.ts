import type { WarmWant } from "../hub.ts";
import type { Ports } from "../ports.ts";
import { secretsTag } from "../secrets/named.ts";
import type { Resolved } from "./resolve.ts";
import { createFunctionStore, type FunctionRow, type VersionRow } from "./store.ts";

/** Reads what a project's functions want warm at any time: so many sandboxes of `live` as `minWarm` says, of the second version of a split its part of that, and of a custom image at least the image. */
export function createWarmWants(ports: Ports): (project: string) => Promise<WarmWant[]> {
  const store = createFunctionStore(ports.database);
  return async (project) =>
    Promise.all(
      (await store.warm(project)).flatMap(({ row, version, canary, weight }) => {
        const { minWarm } = row.settings;
        const wanted = [tagged(project, row, version, minWarm)];
        // The second version has to be ready for its part of the calls.
        if (canary !== null) {
          const count = Math.ceil((minWarm * (weight ?? 0)) / 100);
          wanted.push(tagged(project, row, canary, count).then((want) => ({ ...want, isCanary: true })));
        }
        return wanted;
      }),
    );

  async function tagged(project: string, row: FunctionRow, version: VersionRow, count: number) {
    const target = { functionId: row.id, name: row.name, alias: "live", live: row.settings, version };
    const want: WarmWant = wantOf(project, target, count);
    const tag = await secretsTag(ports, project, version.settings.secrets);
    return tag === undefined ? want : { ...want, order: { ...want.order, secretsTag: tag } };
  }
}

/** Sandboxes of a version that was found by its name. */
export function wantOf(project: string, target: Resolved, count: number): WarmWant {
  const { version, live, functionId, name, alias } = target;
  return {
    pool: live.pool,
    requires: { runtime: version.runtime, labels: live.labels, arch: null },
    count,
    order: {
      project,
      version: version.id,
      bundle: `sha256:${version.bundleSha256}`,
      spec: {
        function: { id: functionId, name, version: version.number, alias },
        runtime: version.runtime,
        entry: version.entry,
        settings: version.settings,
        ...(version.image === null ? {} : { image: version.image }),
        keepAliveMs: live.keepAlive,
        deps: version.depsSha256,
      },
    },
  };
}
