import { ProblemError } from "@pulse/schema/problem";
import type { Principal } from "../http/context.ts";
import type { Ports } from "../ports.ts";
import { createPeopleStore } from "./people/store.ts";
import { principalOfPerson, usualProject } from "./principals.ts";
import type { Person } from "./store.ts";

const header = "pulse-project";

/** The principal of a person in the project that a request names, or in their usual one. Throws `not_found` for a project that is not theirs to know. */
export async function personInProject(
  ports: Ports,
  request: Request,
  person: Person,
  session: { id: string | null; expiresAt: number },
): Promise<Principal> {
  const wanted = request.headers.get(header);
  const { memberships } = person;
  if (wanted !== null && !memberships.some(({ project }) => project === wanted)) {
    if (memberships.every(({ project }) => project !== "*")) throw unknownProject(wanted);
    if (!(await createPeopleStore(ports.database).hasProject(wanted))) throw unknownProject(wanted);
  }
  return principalOfPerson(person, wanted ?? usualProject(memberships), session);
}

/** A key stays in its own project; one with `gateway` goes where the request says. Throws `not_found`. */
export async function keyInProject(ports: Ports, request: Request, key: Principal): Promise<Principal> {
  const wanted = request.headers.get(header);
  if (wanted === null || wanted === key.project) return key;
  if (!key.scopes.includes("gateway")) throw unknownProject(wanted);
  if (!(await createPeopleStore(ports.database).hasProject(wanted))) throw unknownProject(wanted);
  return { ...key, project: wanted };
}

function unknownProject(name: string): ProblemError {
  return new ProblemError(
    "not_found",
    `there is no project ${JSON.stringify(name.slice(0, 80))} here for you`,
  );
}
