import { ProblemError } from "@pulse/schema/problem";
import { roleIn } from "@pulse/schema/roles";
import * as wire from "@pulse/schema/wire/people";
import * as projectWire from "@pulse/schema/wire/projects";
import { actorOf } from "../../http/actor.ts";
import { bind } from "../../http/bind.ts";
import type { Deps, Principal, PulseApp } from "../../http/context.ts";
import { pageOf, pageReply } from "../../http/paging.ts";
import { encoded, streamOf } from "../../http/text-stream.ts";
import { createKeyRing } from "../keys.ts";
import { addPerson, changePerson, nobody, personNamed, removePerson } from "./change-person.ts";
import { erasePerson } from "./erase-person.ts";
import { personLines } from "./export-person.ts";
import { workingContents } from "./project-contents.ts";
import { createProjectStore, type ProjectRow } from "./project-store.ts";
import { createPeopleStore } from "./store.ts";
import { personView, timeText } from "./view.ts";

/** Who sees everybody sees every project (null); others see their own. */
const seenBy = ({ scopes, project }: Principal) => (scopes.includes("gateway") ? null : project);

/** Mounts people and projects. */
export function mountPeople(app: PulseApp, deps: Deps): void {
  const store = createPeopleStore(deps.ports.database);

  bind(app, deps, wire.listUsers, async ({ principal, query, request }) => {
    const seen = seenBy(principal);
    const people = await store.list(seen, query.cursor ?? null, query.limit + 1);
    return pageReply(
      request,
      pageOf(
        people,
        query.limit,
        (one) => personView(one, seen),
        ({ user }) => user.username,
      ),
    );
  });
  bind(app, deps, wire.getUser, async ({ principal, params }) => {
    const seen = seenBy(principal);
    const person = await personNamed(deps, params.name);
    if (seen !== null && roleIn(person.memberships, seen) === null) throw nobody(params.name);
    return { body: personView(person, seen) };
  });
  bind(app, deps, wire.createUser, async ({ body }) => ({
    status: 201,
    body: personView(await addPerson(deps, body), null),
  }));
  bind(app, deps, wire.changeUser, async ({ principal, params, body }) => ({
    body: personView(await changePerson(deps, principal, params.name, body), seenBy(principal)),
  }));
  bind(app, deps, wire.deleteUser, async ({ params }) => {
    await removePerson(deps, params.name);
    return { status: 204 };
  });
  bind(app, deps, wire.exportUser, async ({ params, audit }) => {
    const person = await personNamed(deps, params.name);
    audit.note({ target: person.user.id });
    const headers = { "content-type": "application/x-ndjson", "cache-control": "no-store" };
    return new Response(streamOf(encoded(personLines(deps, person)), new AbortController()), { headers });
  });
  bind(app, deps, wire.eraseUser, async ({ params, body, audit }) => {
    const { user } = await personNamed(deps, params.name);
    // The entry of an erasure does not bring the name back.
    audit.note({ target: user.id });
    return { body: await erasePerson(deps, user, body.dryRun) };
  });
  mountProjects(app, deps);
}

function mountProjects(app: PulseApp, deps: Deps): void {
  const { ports } = deps;
  const store = createProjectStore(ports.database);
  const people = createPeopleStore(ports.database);

  bind(app, deps, projectWire.listProjects, async ({ principal }) => {
    const all = [{ name: "default", createdAt: null }, ...(await store.list())];
    const person = principal.kind === "user" ? await people.byId(principal.id) : null;
    const items = all.flatMap(({ name, createdAt }) => {
      const role = person === null ? null : roleIn(person.memberships, name);
      const isKeys = person === null && (name === principal.project || principal.scopes.includes("gateway"));
      return role === null && !isKeys
        ? []
        : [{ name, role, createdAt: createdAt === null ? null : timeText(createdAt) }];
    });
    return { body: { items, nextCursor: null } };
  });
  bind(app, deps, projectWire.createProject, async ({ principal, body: { name } }) => {
    const row: ProjectRow = { name, createdAt: ports.now(), createdBy: actorOf(principal) };
    if (name === "default" || (await store.hasHistory(name)) || !(await store.insert(row))) {
      const detail = `the name "${name}" is taken, by a project or by the history that is kept of one`;
      throw new ProblemError("name_taken", detail);
    }
    return {
      status: 201,
      body: { name, role: principal.kind === "user" ? "admin" : null, createdAt: timeText(row.createdAt) },
    };
  });
  bind(app, deps, projectWire.deleteProject, async ({ params: { name } }) => {
    if (name === "default") throw new ProblemError("conflict", "the project default is always there");
    const contents = await workingContents(ports.database, name);
    if (contents !== null) {
      throw new ProblemError("conflict", `"${name}" still has ${contents}: delete them first`);
    }
    if (!(await store.remove(name, ports.now()))) {
      throw new ProblemError("not_found", `there is no project "${name}"`);
    }
    createKeyRing(ports).forget();
    return { status: 204 };
  });
}
