import { ProblemError } from "@pulse/schema/problem";
import { everyProject, type Membership, roleIn, scopesIn } from "@pulse/schema/roles";
import type { Principal } from "../http/context.ts";
import type { KeyRow, Person } from "./store.ts";

const usual = "default";

/**
 * The principal of a key, or of a browser's session of it. A person's key opens at most what the person may do now. Throws `expired_credential`, and
 * `invalid_credential` when the key was revoked or its person is gone or disabled.
 */
export function principalOfKey(
  row: KeyRow,
  owner: Person | null,
  now: number,
  session: { id: string; expiresAt: number } | null = null,
): Principal {
  const isOrphan = row.ownerId !== null && (owner === null || owner.user.disabledAt !== null);
  if (row.revokedAt !== null || isOrphan) throw unknownKey();
  if (row.expiresAt !== null && row.expiresAt <= now) {
    throw new ProblemError(
      "expired_credential",
      `this API key expired at ${new Date(row.expiresAt).toISOString()}`,
    );
  }
  return {
    kind: session === null ? "key" : "session",
    id: row.id,
    name: row.name,
    project: row.project,
    scopes: owner === null ? row.scopes : within(row.scopes, scopesIn(owner.memberships, row.project)),
    roles: [],
    userId: row.ownerId,
    sessionId: session?.id ?? null,
    expiresAt: session?.expiresAt ?? row.expiresAt,
    rateLimit: row.rateLimit,
    quotas: row.quotas,
  };
}

/** The problem of a key that opens nothing. */
export function unknownKey(): ProblemError {
  return new ProblemError("invalid_credential", "this API key is not known here, or was revoked");
}

/** The scopes of a list that somebody with others covers. */
export function within(wanted: readonly string[], held: readonly string[]): string[] {
  if (held.includes("gateway")) return [...wanted];
  const covers = (scope: string) =>
    held.includes(scope) ||
    (scope !== "gateway" && held.includes("admin")) ||
    (scope.startsWith("invoke:") && (held.includes("execute") || held.includes("invoke:*")));
  return wanted.filter(covers);
}

/** The principal of a person in a project. */
export function principalOfPerson(
  { user, memberships }: Person,
  project: string,
  session: { id: string | null; expiresAt: number },
): Principal {
  const role = roleIn(memberships, project);
  return {
    kind: "user",
    id: user.id,
    name: user.username,
    project,
    scopes: scopesIn(memberships, project),
    roles: role === null ? [] : [role],
    groups: user.groups,
    userId: user.id,
    sessionId: session.id,
    expiresAt: session.expiresAt,
  };
}

/** The project a person means who names none: `default` where they may be there, else the first of theirs. */
export function usualProject(memberships: readonly Membership[]): string {
  const theirs = memberships.map(({ project }) => project).sort();
  if (theirs.length === 0 || theirs.includes(everyProject) || theirs.includes(usual)) return usual;
  return theirs[0] ?? usual;
}
