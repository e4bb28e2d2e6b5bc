import { makeId } from "@pulse/schema/ids";
import { ProblemError } from "@pulse/schema/problem";
import { type GroupRole, type Membership, roles } from "@pulse/schema/roles";
import type { Deps } from "../http/context.ts";
import { createKeyRing } from "./keys.ts";
import { createPeopleStore, type Source } from "./people/store.ts";
import { type From, type OpenedSession, openSessionFor } from "./sessions.ts";
import type { Person } from "./store.ts";

const groupsMost = 500;

/** Somebody whose identity was proved: by a password here, an identity provider, or a proxy that is trusted. */
export interface Identity {
  source: Source;
  /** Who it is at the source, for ever: issuer and `sub`, or the proxy's user name; a user's id for `password`. */
  subject: string;
  username: string;
  name: string;
  email: string | null;
  /** The groups that the source names; null: it says nothing of groups. */
  groups: readonly string[] | null;
}

/**
 * Signs somebody in whose identity was proved. Of other sources the person is made at the first sign-in and follows name, e-mail and groups at each;
 * the session that the browser had ends. Throws `forbidden` for somebody who is disabled, and `name_taken` when the username is another person's here:
 * nobody takes over an account by its name.
 */
export async function signInAs(deps: Deps, who: Identity, from: From): Promise<OpenedSession> {
  const person = await personOfIdentity(deps, who);
  await createPeopleStore(deps.ports.database).update(person.user.id, { lastSeenAt: deps.ports.now() });
  return await openSessionFor(deps, person, from);
}

/** The person of an identity, made or brought up to date where another source says who it is. Throws as `signInAs`. */
export async function personOfIdentity(deps: Deps, who: Identity): Promise<Person> {
  const person = who.source === "password" ? await known(deps, who) : await followed(deps, who);
  if (person.user.disabledAt !== null) {
    throw new ProblemError("forbidden", "this account is disabled; ask an administrator of this gateway");
  }
  return person;
}

async function known({ ports }: Deps, { subject }: Identity): Promise<Person> {
  const person = await createPeopleStore(ports.database).byId(subject);
  if (person === null) throw new ProblemError("invalid_credential", "this account is gone");
  return person;
}

async function followed({ ports, config }: Deps, who: Identity): Promise<Person> {
  const store = createPeopleStore(ports.database);
  const username = usernameOf(who.username);
  const about = { name: who.name.slice(0, 200) || username, email: who.email?.slice(0, 320) ?? null };
  let person = await store.bySubject(who.source, who.subject);
  if (person === null) {
    const now = ports.now();
    const id = makeId("user", now, ports.random(10));
    const row = { ...about, id, username, source: who.source, subject: who.subject, createdAt: now };
    if (!(await store.insert(row, []))) {
      // Of two first sign-ins at once the second finds the first one's row.
      person = await store.bySubject(who.source, who.subject);
      if (person === null)
        throw new ProblemError("name_taken", `the username "${username}" is another person's here`);
    }
  } else if (person.user.name !== about.name || person.user.email !== about.email) {
    await store.update(person.user.id, about);
  }
  const groups = who.groups?.slice(0, groupsMost).map((one) => one.slice(0, 200)) ?? null;
  const id = person?.user.id ?? (await store.bySubject(who.source, who.subject))?.user.id;
  if (id === undefined) throw new Error("the person that was added is gone");
  if (groups !== null && JSON.stringify(groups) !== JSON.stringify(person?.user.groups ?? [])) {
    await store.update(id, { groups });
    createKeyRing(ports).forget();
  }
  if (who.groups !== null && config.groupRoles !== undefined) {
    await store.replaceGroupRoles(id, rolesOf(who.groups, config.groupRoles));
    createKeyRing(ports).forget();
  }
  const after = await store.byId(id);
  if (after === null) throw new Error("the person that was added is gone");
  return after;
}

/** What groups give: in each project the strongest role of them. Groups are compared as they are written. */
export function rolesOf(groups: readonly string[], table: readonly GroupRole[]): Membership[] {
  const given = new Map<string, Membership>();
  for (const { group, project, role } of table) {
    if (!groups.includes(group)) continue;
    const before = given.get(project);
    if (before === undefined || roles.indexOf(before.role) < roles.indexOf(role))
      given.set(project, { project, role });
  }
  return [...given.values()];
}

/** A username as it is kept: in lower case. Throws `validation_failed`. */
export function usernameOf(text: string): string {
  const username = text.trim().toLowerCase();
  if (/^[a-z0-9]([a-z0-9._@+-]{0,126}[a-z0-9])?$/.test(username)) return username;
  throw new ProblemError(
    "validation_failed",
    `a username must be 1–128 of a–z, 0–9 and . _ @ + -, got ${JSON.stringify(text.slice(0, 140))}`,
  );
}
