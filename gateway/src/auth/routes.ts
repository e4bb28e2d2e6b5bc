import * as wire from "@pulse/schema/wire/auth";
import { type Audit, bind } from "../http/bind.ts";
import type { Deps, PulseApp } from "../http/context.ts";
import { pageOf, pageReply } from "../http/paging.ts";
import { createKeyRing } from "./keys.ts";
import { checkOrigin, closeSession, type OpenedSession, openSession } from "./sessions.ts";
import { createSetUp } from "./setup.ts";
import type { KeyRow } from "./store.ts";

const time = (ms: number | null) => (ms === null ? null : new Date(ms).toISOString());

function viewOf(row: KeyRow) {
  return {
    id: row.id,
    name: row.name,
    prefix: row.prefix,
    scopes: row.scopes,
    createdAt: new Date(row.createdAt).toISOString(),
    expiresAt: time(row.expiresAt),
    revokedAt: time(row.revokedAt),
    rateLimit: row.rateLimit,
  };
}

/** Mounts API keys, the browser session and `me`. */
export function mountAuth(app: PulseApp, deps: Deps): void {
  const ring = createKeyRing(deps.ports);

  bind(app, deps, wire.listKeys, async ({ principal, query, request }) => {
    const rows = await ring.list(principal.project, null, query.cursor ?? null, query.limit + 1);
    return pageReply(
      request,
      pageOf(rows, query.limit, viewOf, ({ id }) => id),
    );
  });
  bind(app, deps, wire.createKey, async ({ principal, body }) => {
    const expiresAt = body.expiresAt === undefined ? null : Date.parse(body.expiresAt);
    const { row, key } = await ring.create(principal.project, {
      name: body.name,
      scopes: body.scopes,
      expiresAt,
      rateLimit: body.rateLimit ?? null,
    });
    return { status: 201, headers: { "cache-control": "no-store" }, body: { ...viewOf(row), key } };
  });
  bind(app, deps, wire.revokeKey, async ({ principal, params }) => {
    await ring.revoke(principal.project, params.id);
    return { status: 204 };
  });
  bind(app, deps, wire.me, async ({ principal }) => ({
    body: {
      kind: principal.kind === "key" ? "key" : "user",
      name: principal.name,
      project: principal.project,
      roles: [...principal.roles],
      scopes: [...principal.scopes],
      expiresAt: time(principal.expiresAt),
    },
  }));
  for (const { path } of [wire.openSession, wire.setUp]) {
    app.post(path, async (c, next) => {
      // A page of somebody else could sign a browser in as somebody else. Programs send no origin.
      const origin = c.req.header("origin");
      if (origin !== undefined) checkOrigin(deps.config.publicUrl, origin);
      await next();
    });
  }
  const opened = ({ principal, expiresAt, cookie }: OpenedSession, audit: Audit) => {
    audit.knows(principal);
    return {
      status: 201,
      headers: { "set-cookie": cookie, "cache-control": "no-store" },
      body: {
        name: principal.name,
        scopes: principal.scopes,
        expiresAt: new Date(expiresAt).toISOString(),
      },
    };
  };
  bind(app, deps, wire.openSession, async ({ body, request, address, audit }) =>
    opened(await openSession(deps, body.key, { request, address }), audit),
  );
  const setUp = createSetUp(deps);
  bind(app, deps, wire.setUp, async ({ body, request, address, audit }) =>
    opened(await setUp(body.token, { request, address }), audit),
  );
  bind(app, deps, wire.closeSession, async ({ request }) => ({
    status: 204,
    headers: { "set-cookie": await closeSession(deps, request) },
  }));
}
