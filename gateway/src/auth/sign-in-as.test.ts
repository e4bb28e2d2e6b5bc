import { expect, test } from "vitest";
import { origin } from "../runners/gateway.suite.ts";
import { problemCodeOf } from "../runners/parts.suite.ts";
import { addPerson, gatewayOfEachTest } from "./browser.suite.ts";
import { createPeopleStore } from "./people/store.ts";
import { type Identity, rolesOf, signInAs } from "./sign-in-as.ts";

const gateway = gatewayOfEachTest();

const from = { request: new Request(origin), address: "192.0.2.7" };
const ana: Identity = {
  source: "oidc",
  subject: "https://id.example.test|7",
  username: "Ana",
  name: "Ana",
  email: null,
  groups: null,
};
const enter = (change: Partial<Identity> = {}) => signInAs(gateway().parts.deps, { ...ana, ...change }, from);
const store = () => createPeopleStore(gateway().parts.ports.database);

test("somebody who was never here is made, and follows name and e-mail afterwards", async () => {
  const { principal, cookie } = await enter();
  expect(principal).toMatchObject({ kind: "user", name: "ana", project: "default", scopes: [], roles: [] });
  expect(cookie).toMatch(/^pulse_session=/);
  await enter({ name: "Ana B.", email: "ana@example.test" });
  expect((await store().byUsername("ana"))?.user).toMatchObject({
    name: "Ana B.",
    email: "ana@example.test",
  });
});

test("who it is, is the subject: another username at the source is the same person here", async () => {
  const one = await enter();
  const two = await enter({ username: "ana.b" });
  expect(two.principal.id).toBe(one.principal.id);
  expect(two.principal.name).toBe("ana");
});

test("nobody takes over an account by its name", async () => {
  await addPerson(gateway(), "ana", { "*": "admin" });
  expect(await problemCodeOf(enter())).toBe("name_taken");
  await enter({ username: "ben" });
  expect(await problemCodeOf(enter({ source: "trusted-header", subject: "ben", username: "ben" }))).toBe(
    "name_taken",
  );
  expect(await problemCodeOf(enter({ subject: "other", username: "ben" }))).toBe("name_taken");
});

test("of two first sign-ins at once both are the same person", async () => {
  const both = await Promise.all([enter(), enter()]);
  expect(both[0]?.principal.id).toBe(both[1]?.principal.id);
});

test.each(["", "a b", "-", "ana\u0000", "x".repeat(129)])("%j is no username", async (username) => {
  expect(await problemCodeOf(enter({ username }))).toBe("validation_failed");
});

test("groups give roles anew at every sign-in, and what an admin gave stays", async () => {
  const { config } = gateway().parts.deps;
  config.groupRoles = [
    { group: "admins", project: "*", role: "admin" },
    { group: "ops", project: "default", role: "operator" },
    { group: "devs", project: "default", role: "developer" },
  ];
  const rolesWith = async (groups: string[] | null) => (await enter({ groups })).principal.scopes.at(-1);
  expect(await rolesWith(["ops", "devs", "else"])).toBe("deploy");
  expect(await rolesWith(["ops"])).toBe("execute");
  expect(await rolesWith(null)).toBe("execute");
  expect(await rolesWith(["admins"])).toBe("gateway");
  expect(await rolesWith([])).toBe(undefined);
  const { principal } = await enter();
  await store().give(principal.id, "default", "viewer");
  expect(await rolesWith(["ops"])).toBe("execute");
  expect(await rolesWith([])).toBe("read");
});

test("the groups that a source names are kept as of the last sign-in that named any", async () => {
  const groupsWith = async (groups: string[] | null) => (await enter({ groups })).principal.groups;
  expect(await groupsWith(["dba", "ops"])).toEqual(["dba", "ops"]);
  expect(await groupsWith(null)).toEqual(["dba", "ops"]);
  expect(await groupsWith(["ops"])).toEqual(["ops"]);
  expect(await groupsWith([])).toEqual([]);
});

test("without a table groups mean nothing", async () => {
  expect((await enter({ groups: ["admins"] })).principal.scopes).toEqual([]);
});

test("somebody who is disabled does not come in from anywhere", async () => {
  const { principal } = await enter();
  await store().disable(principal.id, gateway().parts.clock.now());
  expect(await problemCodeOf(enter())).toBe("forbidden");
});

test("of several groups the strongest role of each project counts", () => {
  const table = [
    { group: "a", project: "shop", role: "viewer" as const },
    { group: "b", project: "shop", role: "admin" as const },
    { group: "b", project: "lab", role: "operator" as const },
  ];
  expect(rolesOf(["b", "a"], table)).toEqual([
    { project: "shop", role: "admin" },
    { project: "lab", role: "operator" },
  ]);
  expect(rolesOf(["A"], table)).toEqual([]);
});
