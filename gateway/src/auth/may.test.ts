import { type Role, roles, scopesIn } from "@pulse/schema/roles";
import { expect, test } from "vitest";
import { type Action, type Asker, may } from "./may.ts";

const key = (...scopes: string[]): Asker => ({ kind: "key", name: "ci", project: "one", scopes, roles: [] });
const person = (role: Role, project = "one"): Asker => ({
  kind: "user",
  name: "ana",
  project,
  scopes: scopesIn([{ project, role }], project),
  roles: [role],
});
const answer = (asker: Asker, action: Action, more: Partial<Parameters<typeof may>[2]> = {}) => {
  const decision = may(asker, action, { project: "one", name: "hello", ...more });
  return decision === true ? "yes" : decision.code;
};
const actions = ["read", "invoke", "execute", "deploy", "admin", "gateway"] as const;
const no = "forbidden";

test.each([
  ["viewer", ["yes", "not_found", no, no, no, no]],
  ["operator", ["yes", "yes", "yes", no, no, no]],
  ["developer", ["yes", "yes", "yes", "yes", no, no]],
  ["admin", ["yes", "yes", "yes", "yes", "yes", no]],
] as const)("a %s may do what the role says, in the project", (role, wanted) => {
  expect(actions.map((action) => answer(person(role), action))).toEqual(wanted);
});

test("in another project nothing is there, whoever asks", () => {
  for (const action of actions) {
    expect(answer(person("admin", "two"), action)).toBe("not_found");
    expect(answer(key("admin", "gateway", "invoke:hello"), action, { project: "two" })).toBe("not_found");
  }
});

test("an admin of every project may do everything", () => {
  const admin = { ...person("admin"), scopes: scopesIn([{ project: "*", role: "admin" }], "one") };
  expect(actions.map((action) => answer(admin, action))).toEqual(actions.map(() => "yes"));
});

test("a key for one function calls that one; one for every function calls it too, and nothing else", () => {
  expect(actions.map((action) => answer(key("invoke:hello"), action))).toEqual([no, "yes", no, no, no, no]);
  expect(actions.map((action) => answer(key("invoke:*"), action))).toEqual([no, "yes", no, no, no, no]);
  expect(answer(key("invoke:other"), "invoke")).toBe("not_found");
});

const onlyAna = { execute: ["user:ana"], deploy: ["role:developer"] };

test.each([
  ["the one who is named", person("operator"), "execute", "yes"],
  ["somebody else of the role", { ...person("operator"), name: "ben" }, "execute", no],
  ["an admin", { ...person("admin"), name: "ben" }, "execute", "yes"],
  ["a person of the role that is named", person("developer"), "deploy", "yes"],
  ["a person of a lesser role", person("operator"), "deploy", no],
  ["a key that is not named", key("execute"), "execute", no],
  ["a key for every function", key("invoke:*"), "invoke", "not_found"],
  ["a key for this function", key("invoke:hello"), "invoke", "yes"],
  ["a key of a person's name", { ...key("execute"), name: "ana" }, "execute", no],
] as const)("where a function says who, %s is told so", (_who, asker, action, wanted) => {
  expect(answer(asker, action, { permissions: onlyAna })).toBe(wanted);
});

test("being named opens nothing that the role does not", () => {
  expect(answer(person("viewer"), "execute", { permissions: { execute: ["user:ana"] } })).toBe(no);
});

test("a role that is named stands for every stronger one", () => {
  const permissions = { execute: ["role:operator"] };
  expect(roles.map((role) => answer(person(role), "execute", { permissions }))).toEqual([
    no,
    "yes",
    "yes",
    "yes",
  ]);
});
