import * as z from "zod";
import { nameField } from "./wire/fields.ts";

/** What a person may be in a project, from the least to the most. */
export const roles = ["viewer", "operator", "developer", "admin"] as const;
export type Role = (typeof roles)[number];

/** Stands for every project in what a person was given; an admin there is an admin of the gateway. */
export const everyProject = "*";

const scopesOfRole: Readonly<Record<Role, readonly string[]>> = {
  viewer: ["read"],
  operator: ["read", "execute"],
  developer: ["read", "execute", "deploy"],
  admin: ["read", "execute", "deploy", "admin"],
};

/** A role that somebody has in one project, or in every one (`*`). */
export interface Membership {
  project: string;
  role: Role;
}

/** The strongest role that memberships give in a project; null: none. */
export function roleIn(memberships: readonly Membership[], project: string): Role | null {
  const ranks = memberships
    .filter((one) => one.project === project || one.project === everyProject)
    .map(({ role }) => roles.indexOf(role));
  return roles[Math.max(-1, ...ranks)] ?? null;
}

/** What memberships open in a project. `gateway`, for admins of every project, covers people and projects themselves. */
export function scopesIn(memberships: readonly Membership[], project: string): string[] {
  const role = roleIn(memberships, project);
  const isOfGateway = memberships.some((one) => one.project === everyProject && one.role === "admin");
  return [...(role === null ? [] : scopesOfRole[role]), ...(isOfGateway ? ["gateway"] : [])];
}

/** A role as it is written: `employee` is another name of `operator`. */
export const roleField = z
  .enum([...roles, "employee"])
  .transform((role): Role => (role === "employee" ? "operator" : role));

/** What members of a group of an identity provider are here. */
export interface GroupRole extends Membership {
  group: string;
}

/** `group=role@project`, separated by commas; without a project the role counts in every one. */
export const groupRoles = z.string().transform((text, context): GroupRole[] => {
  const given: GroupRole[] = [];
  for (const part of text.split(",")) {
    if (part.trim() === "") continue;
    const at = part.indexOf("=");
    const group = part.slice(0, Math.max(0, at)).trim();
    const [roleText = "", project, ...more] = part
      .slice(at + 1)
      .split("@")
      .map((word) => word.trim());
    const role = roleField.safeParse(roleText);
    const isWhole = group !== "" && more.length === 0;
    if (isWhole && role.success && (project === undefined || nameField.safeParse(project).success)) {
      given.push({ group, role: role.data, project: project ?? everyProject });
      continue;
    }
    context.addIssue({
      code: "custom",
      message: `must be such as admins=admin,ops=operator@default, got ${JSON.stringify(part.trim())}`,
    });
    return z.NEVER;
  }
  return given;
});
