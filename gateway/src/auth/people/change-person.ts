import { makeId } from "@pulse/schema/ids";
import { ProblemError } from "@pulse/schema/problem";
import { type Role, roleIn } from "@pulse/schema/roles";
import type { Deps, Principal } from "../../http/context.ts";
import { requireMay } from "../../http/require-may.ts";
import { removeSecondFactor } from "../factors/second-factor.ts";
import { createKeyRing } from "../keys.ts";
import { hashPassword, usualCost } from "../passwords/hash.ts";
import { checkNewPassword } from "../passwords/policy.ts";
import { createAuthStore, type Person, type UserRow } from "../store.ts";
import { createPeopleStore } from "./store.ts";

/** Somebody to be added, who signs in by password. */
export interface NewPerson {
  username: string;
  password: string;
  name?: string | undefined;
  email?: string | null | undefined;
}

/** What is to be otherwise with somebody; what is absent stays. */
export interface PersonChange {
  name?: string | undefined;
  email?: string | null | undefined;
  /** By project; null takes the role. */
  roles?: Readonly<Record<string, Role | null>> | undefined;
  disabled?: boolean | undefined;
  password?: string | undefined;
  secondFactor?: null | undefined;
}

/** The row of a new person. Throws `validation_failed` for a password that would be guessed. */
export async function newPersonRow({ ports, config }: Deps, who: NewPerson) {
  await checkNewPassword(ports, config, who.password, who.username);
  const passwordHash = await hashPassword(ports, who.password, config.passwordCost ?? usualCost);
  const now = ports.now();
  return {
    id: makeId("user", now, ports.random(10)),
    username: who.username,
    name: who.name ?? who.username,
    email: who.email ?? null,
    source: "password" as const,
    passwordHash,
    createdAt: now,
  };
}

/** Adds somebody. Throws `name_taken`, `validation_failed`, and `not_found` for a project that is not there. */
export async function addPerson(
  deps: Deps,
  who: NewPerson & { roles: Readonly<Record<string, Role>> },
): Promise<Person> {
  const store = createPeopleStore(deps.ports.database);
  await checkProjects(deps, Object.keys(who.roles));
  const given = Object.entries(who.roles).map(([project, role]) => ({
    project,
    role,
    origin: "given" as const,
  }));
  if (!(await store.insert(await newPersonRow(deps, who), given))) {
    throw new ProblemError("name_taken", `there is somebody named "${who.username}" already`);
  }
  return await personNamed(deps, who.username);
}

/** Somebody by username. Throws `not_found`. */
export async function personNamed({ ports }: Deps, username: string): Promise<Person> {
  const person = await createPeopleStore(ports.database).byUsername(username);
  if (person === null) throw nobody(username);
  return person;
}

/** The problem of a name that is nobody's here. */
export function nobody(username: string): ProblemError {
  return new ProblemError("not_found", `there is nobody named "${username}"`);
}

/**
 * Changes somebody. An admin of one project may only give and take roles there; everything else is for admins of the gateway. Throws `forbidden`,
 * `not_found`, `validation_failed`, and `last_admin` when nobody would be left to manage the gateway.
 */
export async function changePerson(
  deps: Deps,
  by: Principal,
  username: string,
  change: PersonChange,
): Promise<Person> {
  const { ports } = deps;
  const { roles = {}, ...others } = change;
  const isBeyond =
    Object.values(others).some((one) => one !== undefined) ||
    Object.keys(roles).some((project) => project !== by.project);
  if (isBeyond) requireMay(by, "gateway", { project: by.project });
  const { user, memberships } = await personNamed(deps, username);
  const isSeen = by.scopes.includes("gateway") || roleIn(memberships, by.project) !== null;
  // Who brings somebody in may name them; who does not has no business with somebody of other projects.
  if (!isSeen && (roles[by.project] ?? null) === null) throw nobody(username);
  await checkProjects(deps, Object.keys(roles));
  const store = createPeopleStore(ports.database);
  await store.update(user.id, { ...(await ownChange(deps, user, change)), username: user.username });
  if (change.password !== undefined)
    await createAuthStore(ports.database).endSessions({ userId: user.id }, null);
  if (change.secondFactor === null) await removeSecondFactor(ports, user.id);
  for (const [project, role] of Object.entries(roles)) {
    if (!(await store.give(user.id, project, role))) throw lastAdmin(username);
  }
  if (change.disabled === true && !(await store.disable(user.id, ports.now()))) throw lastAdmin(username);
  createKeyRing(ports).forget();
  return await personNamed(deps, username);
}

/** Deletes somebody. Throws `not_found`, `last_admin`. */
export async function removePerson(deps: Deps, username: string): Promise<void> {
  const { user } = await personNamed(deps, username);
  const { ports } = deps;
  if (!(await createPeopleStore(ports.database).remove(user.id, ports.now()))) throw lastAdmin(username);
  await removeSecondFactor(ports, user.id);
  createKeyRing(ports).forget();
}

async function ownChange(deps: Deps, user: UserRow, change: PersonChange): Promise<Partial<UserRow>> {
  const { name, email, password, disabled } = change;
  if (password !== undefined) await checkNewPassword(deps.ports, deps.config, password, user.username);
  return {
    ...(name === undefined ? {} : { name }),
    ...(email === undefined ? {} : { email }),
    ...(disabled === false ? { disabledAt: null } : {}),
    ...(password === undefined
      ? {}
      : { passwordHash: await hashPassword(deps.ports, password, deps.config.passwordCost ?? usualCost) }),
  };
}

async function checkProjects({ ports }: Deps, names: readonly string[]): Promise<void> {
  const store = createPeopleStore(ports.database);
  for (const name of names) {
    if (name !== "*" && !(await store.hasProject(name))) {
      throw new ProblemError("not_found", `there is no project "${name}"`);
    }
  }
}

/** The problem of leaving the gateway without an admin. */
export function lastAdmin(username: string): ProblemError {
  return new ProblemError("last_admin", `"${username}" is the last one who may manage this gateway`);
}
