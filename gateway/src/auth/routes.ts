import { ProblemError } from "@pulse/schema/problem";
import * as wire from "@pulse/schema/wire/auth";
import * as own from "@pulse/schema/wire/people";
import { type Audit, bind } from "../http/bind.ts";
import type { Deps, Principal, PulseApp } from "../http/context.ts";
import { mountDevice } from "./device/routes.ts";
import { mountOwnAccount } from "./factors/routes.ts";
import { mountKeys } from "./key-routes.ts";
import { mountOidc } from "./oidc/routes.ts";
import { signInByPassword } from "./passwords/sign-in.ts";
import { mountPeople } from "./people/routes.ts";
import { createPeopleStore } from "./people/store.ts";
import { timeOrNull, timeText } from "./people/view.ts";
import { checkOrigin, closeSession, idleMs, type OpenedSession, openSession } from "./sessions.ts";
import { createSetUp, setUpTokenFor } from "./setup.ts";
import { createAuthStore } from "./store.ts";
import { mountTrustedHeaders } from "./trusted-header/routes.ts";

/** Mounts keys, people, projects, sessions and `me`. */
export function mountAuth(app: PulseApp, deps: Deps): void {
  mountKeys(app, deps);
  mountPeople(app, deps);
  mountOwnAccount(app, deps);
  mountSignIn(app, deps);
  mountSessions(app, deps);
  mountDevice(app, deps);
  mountOidc(app, deps);
  mountTrustedHeaders(app, deps);
}

function mountSignIn(app: PulseApp, deps: Deps): void {
  for (const { path } of [wire.openSession, wire.setUp]) {
    app.post(path, async (c, next) => {
      // A page of somebody else could sign a browser in as somebody else. Programs send no origin.
      const origin = c.req.header("origin");
      if (origin !== undefined) checkOrigin(deps.config.publicUrl, origin);
      await next();
    });
  }
  bind(app, deps, wire.openSession, async ({ body, request, address, audit }) => {
    const from = { request, address };
    const { key, username = "", password = "", totp } = body;
    const done =
      key === undefined
        ? await signInByPassword(deps, { username, password, totp }, from)
        : await openSession(deps, key, from);
    return opened(done, audit);
  });
  const setUp = createSetUp(deps);
  bind(app, deps, wire.setUp, async ({ body, request, address, audit }) =>
    opened(await setUp(body, { request, address }), audit),
  );
  bind(app, deps, wire.makeSetUpUrl, async ({ principal }) => {
    const { token, expiresAt } = await setUpTokenFor(deps.ports, principal);
    return {
      status: 201,
      headers: { "cache-control": "no-store" },
      body: { url: `${deps.config.publicUrl}/setup#t=${token}`, expiresAt: timeText(expiresAt) },
    };
  });
}

/** The answer that signs a browser in. */
export function opened({ principal, expiresAt, cookie }: OpenedSession, audit: Audit) {
  audit.knows(principal);
  return {
    status: 201,
    headers: { "set-cookie": cookie, "cache-control": "no-store" },
    body: { name: principal.name, scopes: principal.scopes, expiresAt: timeText(expiresAt) },
  };
}

function mountSessions(app: PulseApp, deps: Deps): void {
  const { ports } = deps;
  const store = createAuthStore(ports.database);

  const people = createPeopleStore(ports.database);
  bind(app, deps, wire.me, async ({ principal }) => {
    const found = principal.userId === null ? null : await people.byId(principal.userId);
    const { username = "", source, totpSince = null } = found?.user ?? {};
    return {
      body: {
        kind: principal.kind === "key" ? "key" : "user",
        name: principal.name,
        project: principal.project,
        roles: [...principal.roles],
        scopes: [...principal.scopes],
        expiresAt: timeOrNull(principal.expiresAt),
        person: found === null ? null : { username, source, hasSecondFactor: totpSince !== null },
      },
    };
  });
  bind(app, deps, wire.closeSession, async ({ request }) => ({
    status: 204,
    headers: { "set-cookie": await closeSession(deps, request) },
  }));
  bind(app, deps, own.listSessions, async ({ principal }) => {
    const now = ports.now();
    const rows = await store.listSessions(holderOf(principal), now, now - idleMs);
    const items = rows.map((row) => ({
      id: row.id,
      current: row.id === principal.sessionId,
      userAgent: row.userAgent,
      address: row.address,
      createdAt: timeText(row.createdAt),
      lastSeenAt: timeText(row.lastSeenAt),
      expiresAt: timeText(row.expiresAt),
    }));
    return { body: { items, nextCursor: null } };
  });
  bind(app, deps, own.endSession, async ({ principal, params }) => {
    if (!(await store.endSession(holderOf(principal), params.id))) {
      throw new ProblemError("not_found", `there is no session ${JSON.stringify(params.id)} of yours`);
    }
    return { status: 204 };
  });
  bind(app, deps, own.endOtherSessions, async ({ principal }) => ({
    body: { ended: await store.endSessions(holderOf(principal), principal.sessionId) },
  }));
}

/** Whose sessions somebody sees: a person's, of whichever key of theirs they ask with, else the key's. */
const holderOf = ({ userId, id }: Principal) => (userId === null ? { keyId: id } : { userId });
