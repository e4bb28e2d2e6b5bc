import type { Erasure } from "@pulse/schema/wire/people";
import type { Deps } from "../../http/context.ts";
import { removeSecondFactor } from "../factors/second-factor.ts";
import { createKeyRing } from "../keys.ts";
import type { UserRow } from "../store.ts";
import { lastAdmin } from "./change-person.ts";
import { createPeopleStore } from "./store.ts";
import { createTracesStore, records, traces } from "./traces-store.ts";

/** What stands in place of an erased person's name: the same for the same person, and from their id alone. */
export function pseudonymOf(id: string): string {
  return `erased-${id.slice(-8)}`;
}

/**
 * Erases somebody: the account with its sessions and roles goes, keys are revoked, and a pseudonym stands where the name was. Entries of the audit and logs of
 * runs keep it until they are forgotten by age. With `dryRun` only says so. Throws `last_admin`. Safe to be asked for again where it broke off.
 */
export async function erasePerson(deps: Deps, user: UserRow, dryRun: boolean): Promise<Erasure> {
  const { ports } = deps;
  const people = createPeopleStore(ports.database);
  const store = createTracesStore(ports.database);
  const pseudonym = pseudonymOf(user.id);
  if (!(await people.mayGo(user.id))) throw lastAdmin(user.username);
  const [own, pseudonymised, kept] = await Promise.all([
    store.countOwn(user),
    store.count(traces, user),
    store.count(records, user),
  ]);
  const { keys, ...gone } = own;
  const answer = {
    ...{ dryRun, pseudonym, kept },
    deleted: { profile: 1, ...gone },
    pseudonymised: { keysRevoked: keys, ...pseudonymised },
  };
  if (dryRun) return answer;
  // First nothing more is made in the name, then it is taken out; the account goes last: whoever asks again after a crash still finds it.
  if (!(await people.disable(user.id, ports.now()))) throw lastAdmin(user.username);
  createKeyRing(ports).forget();
  await store.pseudonymise(user, pseudonym);
  if (!(await people.remove(user.id, ports.now()))) throw lastAdmin(user.username);
  await removeSecondFactor(ports, user.id);
  createKeyRing(ports).forget();
  return answer;
}
