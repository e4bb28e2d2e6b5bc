import * as z from "zod";
import { endpoint } from "../endpoint.ts";
import { everyProject, roleField, roles } from "../roles.ts";
import { listOf, nameField, pageQuery, passwordField, timeField, usernameField } from "./fields.ts";

const aboutPerson = {
  name: z.string().min(1).max(200).optional(),
  email: z.email().max(320).nullable().optional(),
};

const inProject = z.union([nameField, z.literal(everyProject)]);

const userView = z.object({
  id: z.string(),
  username: z.string(),
  name: z.string(),
  email: z.string().nullable(),
  source: z.enum(["password", "oidc", "trusted-header"]),
  /** By project; `*` is every project. */
  roles: z.record(z.string(), z.enum(roles)),
  hasSecondFactor: z.boolean(),
  disabledAt: timeField.nullable(),
  createdAt: timeField,
  lastSeenAt: timeField.nullable(),
});
export type UserView = z.infer<typeof userView>;

export const listUsers = endpoint({
  method: "GET",
  path: "/v1/users",
  tag: "users",
  summary: "People: those of the project, or everybody for an admin of the gateway",
  scope: "admin",
  query: z.strictObject(pageQuery),
  answer: listOf(userView),
  statuses: [200],
});

export const getUser = endpoint({
  method: "GET",
  path: "/v1/users/:name",
  tag: "users",
  summary: "A person by username",
  scope: "admin",
  params: z.object({ name: usernameField }),
  answer: userView,
  statuses: [200],
});

export const createUser = endpoint({
  method: "POST",
  path: "/v1/users",
  creates: true,
  tag: "users",
  summary: "Add a person who signs in by password",
  scope: "gateway",
  body: z.strictObject({
    username: usernameField,
    password: passwordField,
    ...aboutPerson,
    roles: z.record(inProject, roleField).default({}),
  }),
  answer: userView,
  statuses: [201],
  audit: { action: "user.create", body: ["username", "name", "roles"] },
});

export const changeUser = endpoint({
  method: "PATCH",
  path: "/v1/users/:name",
  tag: "users",
  summary:
    "Give or take (null) roles, disable, rename, or set a password; an admin of one project gives and takes roles there",
  scope: "admin",
  params: z.object({ name: usernameField }),
  body: z.strictObject({
    ...aboutPerson,
    roles: z.record(inProject, roleField.nullable()).optional(),
    disabled: z.boolean().optional(),
    password: passwordField.optional(),
    /** `null` removes the second factor of somebody who lost it. */
    secondFactor: z.null().optional(),
  }),
  answer: userView,
  statuses: [200],
  audit: { action: "user.change", body: ["name", "roles", "disabled", "secondFactor"] },
});

export const deleteUser = endpoint({
  method: "DELETE",
  path: "/v1/users/:name",
  tag: "users",
  summary: "Delete a person; their keys and sessions end",
  scope: "gateway",
  params: z.object({ name: usernameField }),
  statuses: [204],
  audit: { action: "user.delete" },
});

export const exportUser = endpoint({
  method: "GET",
  path: "/v1/users/:name/export",
  tag: "users",
  summary:
    "Everything that is kept about a person, one JSON object a line: profile, roles, sessions and keys without their secrets, runs, answers, what they made, audit entries",
  scope: "gateway",
  params: z.object({ name: usernameField }),
  statuses: [200],
  rawAnswer: ["application/x-ndjson"],
  audit: { action: "user.export" },
});

const counts = z.record(z.string(), z.number().int());

const erasure = z.object({
  dryRun: z.boolean(),
  /** What stands in place of the name from now on. */
  pseudonym: z.string(),
  /** What is deleted, by kind. */
  deleted: counts,
  /** Rows that stay, with the pseudonym in place of the name, by kind. */
  pseudonymised: counts,
  /** Rows that stay as they are until they are forgotten by age, by kind. */
  kept: counts,
});
export type Erasure = z.output<typeof erasure>;

export const eraseUser = endpoint({
  method: "POST",
  path: "/v1/users/:name/erase",
  tag: "users",
  summary:
    "Erase a person: account, sessions and keys end, a pseudonym stands where the name was. With dryRun nothing is done; the answer is the same",
  scope: "gateway",
  params: z.object({ name: usernameField }),
  body: z.strictObject({ dryRun: z.boolean().default(false) }).prefault({}),
  answer: erasure,
  statuses: [200],
  audit: { action: "user.erase", body: ["dryRun"], answer: ["pseudonym"] },
});

export const changePassword = endpoint({
  method: "PUT",
  path: "/v1/me/password",
  tag: "session",
  summary: "Change one's own password; one's other sessions end",
  scope: "session",
  body: z.strictObject({ current: passwordField, password: passwordField }),
  statuses: [204],
  audit: { action: "password.change" },
});

export const offerSecondFactor = endpoint({
  method: "POST",
  path: "/v1/me/second-factor",
  tag: "session",
  summary:
    "Begin a second factor: the secret for an app for codes. It counts once a code of it was confirmed",
  scope: "session",
  body: z.strictObject({ password: passwordField }),
  answer: z.object({ secret: z.string(), uri: z.string() }),
  statuses: [201],
  audit: { action: "second-factor.offer" },
});

export const confirmSecondFactor = endpoint({
  method: "PUT",
  path: "/v1/me/second-factor",
  tag: "session",
  summary: "Turn the second factor on with a code; answers with recovery codes, the only time they are shown",
  scope: "session",
  body: z.strictObject({ code: z.string().min(1).max(20) }),
  answer: z.object({ recoveryCodes: z.array(z.string()) }),
  statuses: [200],
  audit: { action: "second-factor.confirm" },
});

export const removeSecondFactor = endpoint({
  method: "POST",
  path: "/v1/me/second-factor/remove",
  tag: "session",
  summary: "Remove one's own second factor",
  scope: "session",
  body: z.strictObject({ password: passwordField, code: z.string().min(1).max(40) }),
  statuses: [204],
  audit: { action: "second-factor.remove" },
});

const openSessionView = z.object({
  id: z.string(),
  /** Whether it is the one that asks. */
  current: z.boolean(),
  userAgent: z.string().nullable(),
  address: z.string().nullable(),
  createdAt: timeField,
  lastSeenAt: timeField,
  expiresAt: timeField,
});

export const listSessions = endpoint({
  method: "GET",
  path: "/v1/sessions",
  tag: "session",
  summary: "Browsers that are signed in as the caller, newest first; at most 200",
  scope: "session",
  answer: listOf(openSessionView),
  statuses: [200],
});

export const endSession = endpoint({
  method: "DELETE",
  path: "/v1/sessions/:id",
  tag: "session",
  summary: "End a session of the caller",
  scope: "session",
  params: z.object({ id: z.string().max(64) }),
  statuses: [204],
  audit: { action: "session.end" },
});

export const endOtherSessions = endpoint({
  method: "DELETE",
  path: "/v1/sessions",
  tag: "session",
  summary: "End every session of the caller but the one that asks",
  scope: "session",
  answer: z.object({ ended: z.number() }),
  statuses: [200],
  audit: { action: "session.end-others" },
});
