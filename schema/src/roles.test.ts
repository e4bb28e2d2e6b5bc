import { expect, test } from "vitest";
import { groupRoles, roleField, roleIn, scopesIn } from "./roles.ts";

test("groups are given roles in a project, or in every one", () => {
  expect(groupRoles.parse("pulse-admins=admin, Domain Users=viewer@default,ops=employee@shop-2,")).toEqual([
    { group: "pulse-admins", role: "admin", project: "*" },
    { group: "Domain Users", role: "viewer", project: "default" },
    { group: "ops", role: "operator", project: "shop-2" },
  ]);
});

test.each(["admins", "admins=", "admins=owner", "=admin", "a=admin@", "a=admin@Shop", "a=admin@*"])(
  "%j is refused with what was seen",
  (text) => {
    const { error } = groupRoles.safeParse(text);
    expect(error?.issues[0]?.message).toContain(JSON.stringify(text));
  },
);

test("employee is another name of operator", () => {
  expect(roleField.parse("employee")).toBe("operator");
});

test("the strongest role counts, wherever it comes from", () => {
  const given = [
    { project: "shop", role: "viewer" as const },
    { project: "*", role: "operator" as const },
    { project: "lab", role: "admin" as const },
  ];
  expect(["shop", "lab", "else"].map((project) => roleIn(given, project))).toEqual([
    "operator",
    "admin",
    "operator",
  ]);
  expect(roleIn([], "shop")).toBe(null);
});

test("only an admin of every project manages people and projects", () => {
  expect(scopesIn([{ project: "shop", role: "admin" }], "shop")).not.toContain("gateway");
  expect(scopesIn([{ project: "*", role: "admin" }], "shop")).toContain("gateway");
  expect(scopesIn([{ project: "*", role: "developer" }], "shop")).not.toContain("gateway");
});
