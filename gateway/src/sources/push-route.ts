import { ProblemError } from "@pulse/schema/problem";
import { push, pushBytesMost } from "@pulse/schema/wire/sources";
import { bind } from "../http/bind.ts";
import type { Deps, PulseApp } from "../http/context.ts";
import { readBytes } from "../http/read-body.ts";
import { callLimitsOf } from "../limits/call-limits.ts";
import { openSecrets } from "../secrets/vault.ts";
import { unsigned } from "../webhooks/verify/proof.ts";
import { requestSync } from "./keep-syncing.ts";
import { readPush } from "./read-push.ts";
import { createSourceStore } from "./store.ts";

/** Pushes to one source that are taken, and badly signed ones that are looked at, a minute. */
const perMinute = 120;
const refusedPerMinute = 600;

/** Mounts where hosts tell of pushes. A source that is not there answers as one whose secret is another. */
export function mountPush(app: PulseApp, deps: Deps): void {
  const { ports } = deps;
  const store = createSourceStore(ports.database);

  bind(app, deps, push, async ({ params, request, address }) => {
    const limits = callLimitsOf(deps);
    const source = await store.byId(params.id);
    const body = await readBytes(request, pushBytesMost);
    if (source === null) return await limits.refused(address, unsigned());
    const { id, project, host } = source;
    try {
      const opened = await openSecrets(ports, { project, kind: "source", names: [id] });
      const secret = opened.values.get(id)?.value ?? "";
      const pushed = await readPush(host, request, body, secret, ports.now());
      if (pushed?.branch !== source.branch) return { body: { status: "ignored", sync: null } };
      await limits.attempt(`source ${id}`, perMinute);
      const row = await requestSync(app, deps, source, "push");
      return { status: 202, body: { status: "accepted", sync: row?.id ?? null } };
    } catch (error) {
      if (!(error instanceof ProblemError) || error.status !== 401) throw error;
      await limits.attempt(`source refused ${id}`, refusedPerMinute);
      return await limits.refused(address, error);
    }
  });
}
