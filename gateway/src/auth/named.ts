import { ProblemError } from "@pulse/schema/problem";
import type { Principal } from "../http/context.ts";
import type { Database } from "../ports.ts";
import { createPeopleStore } from "./people/store.ts";
import { principalOfKey, principalOfPerson } from "./principals.ts";
import { createAuthStore } from "./store.ts";

/**
 * Everybody who is called so in a project, with what they may do at `now` (epoch ms): the person of `user:ana`, the key of `key:ci`, and of a bare name, as
 * it was kept once, both. None is there for who is gone, disabled, revoked, expired, or has no role in the project.
 */
export async function principalsNamed(
  database: Database,
  project: string,
  who: string,
  now: number,
): Promise<Principal[]> {
  const [, kind = null, name = who] = /^(user|key):(.*)$/s.exec(who) ?? [];
  const people = createPeopleStore(database);
  const found: Principal[] = [];
  const person = kind === "key" ? null : await people.byUsername(name);
  if (person !== null && person.user.disabledAt === null) {
    const principal = principalOfPerson(person, project, { id: null, expiresAt: now });
    if (principal.roles.length > 0) found.push(principal);
  }
  if (kind === "user") return found;
  const key = await createAuthStore(database).keyByIdOrName(project, name);
  if (key === null || key.name !== name) return found;
  const owner = key.ownerId === null ? null : await people.byId(key.ownerId);
  try {
    found.push(principalOfKey(key, owner, now));
  } catch (error) {
    // It opens nothing any more.
    if (!(error instanceof ProblemError)) throw error;
  }
  return found;
}
