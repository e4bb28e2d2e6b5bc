import { everyProject, type Role, roles } from "@pulse/schema/roles";
import type { UserView } from "@pulse/schema/wire/people";
import type { Person } from "../store.ts";

/** A time as the API writes it. */
export function timeText(ms: number): string {
  return new Date(ms).toISOString();
}

/** A time as the API writes it, or null. */
export function timeOrNull(ms: number | null): string | null {
  return ms === null ? null : timeText(ms);
}

/** A person as the API shows them: with all their roles, or with those that count in one project. */
export function personView({ user, memberships }: Person, project: string | null): UserView {
  const shown: Record<string, Role> = {};
  for (const one of memberships) {
    if (project !== null && one.project !== project && one.project !== everyProject) continue;
    const before = shown[one.project];
    if (before === undefined || roles.indexOf(before) < roles.indexOf(one.role))
      shown[one.project] = one.role;
  }
  return {
    id: user.id,
    username: user.username,
    name: user.name,
    email: user.email,
    source: user.source,
    roles: shown,
    hasSecondFactor: user.totpSince !== null,
    disabledAt: timeOrNull(user.disabledAt),
    createdAt: timeText(user.createdAt),
    lastSeenAt: timeOrNull(user.lastSeenAt),
  };
}
