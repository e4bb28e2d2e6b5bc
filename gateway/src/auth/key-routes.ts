import { ProblemError } from "@pulse/schema/problem";
import * as wire from "@pulse/schema/wire/auth";
import { actorOf } from "../http/actor.ts";
import { bind } from "../http/bind.ts";
import type { Deps, Principal, PulseApp } from "../http/context.ts";
import { pageOf, pageReply } from "../http/paging.ts";
import { createKeyRing } from "./keys.ts";
import { may } from "./may.ts";
import { timeOrNull, timeText } from "./people/view.ts";
import { within } from "./principals.ts";
import type { KeyRow } from "./store.ts";

/** A person nobody has: whoever is nobody's has no keys of their own. */
const nobody = "nobody";

function viewOf(row: KeyRow) {
  return {
    id: row.id,
    name: row.name,
    prefix: row.prefix,
    scopes: row.scopes,
    createdAt: timeText(row.createdAt),
    expiresAt: timeOrNull(row.expiresAt),
    revokedAt: timeOrNull(row.revokedAt),
    createdBy: row.createdBy,
    rateLimit: row.rateLimit,
    quotas: row.quotas,
    lastUsedAt: timeOrNull(row.lastUsedAt),
  };
}

/** Mounts API keys. */
export function mountKeys(app: PulseApp, deps: Deps): void {
  const ring = createKeyRing(deps.ports);

  bind(app, deps, wire.listKeys, async ({ principal, query, request }) => {
    const rows = await ring.list(
      principal.project,
      ownOnly(principal),
      query.cursor ?? null,
      query.limit + 1,
    );
    return pageReply(
      request,
      pageOf(rows, query.limit, viewOf, ({ id }) => id),
    );
  });
  bind(app, deps, wire.createKey, async ({ principal, body }) => {
    const { name, scopes, rateLimit = null, quotas = null } = body;
    const expiresAt = endOf(principal, body.expiresAt === undefined ? null : Date.parse(body.expiresAt));
    checkMaker(principal, scopes);
    const { row, key } = await ring.create(principal.project, {
      name,
      scopes,
      expiresAt,
      rateLimit,
      quotas,
      ownerId: principal.userId,
      createdBy: actorOf(principal),
    });
    return { status: 201, headers: { "cache-control": "no-store" }, body: { ...viewOf(row), key } };
  });
  bind(app, deps, wire.revokeKey, async ({ principal, params }) => {
    await ring.revoke(principal.project, params.id, ownOnly(principal));
    return { status: 204 };
  });
}

const isAdmin = (principal: Principal) => may(principal, "admin", { project: principal.project }) === true;

/** Whose keys somebody may see and revoke; null: everybody's. */
const ownOnly = (principal: Principal) => (isAdmin(principal) ? null : (principal.userId ?? nobody));

/** A key does at most what its maker may, and only people make keys without being an admin: a key makes no keys. Throws `forbidden`. */
function checkMaker(principal: Principal, scopes: readonly string[]): void {
  if (!isAdmin(principal) && principal.kind !== "user") {
    throw new ProblemError("forbidden", 'this needs a key with the scope "admin"');
  }
  const beyond = scopes.filter((scope) => !within([scope], principal.scopes).includes(scope));
  if (beyond.length > 0) {
    throw new ProblemError("forbidden", `a key may not do more than whoever makes it: ${beyond.join(", ")}`);
  }
}

/** A key that ends makes no key that outlives it. */
function endOf({ kind, expiresAt }: Principal, wanted: number | null): number | null {
  if (kind !== "key" || expiresAt === null) return wanted;
  return Math.min(expiresAt, wanted ?? expiresAt);
}
