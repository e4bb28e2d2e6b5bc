import { index, integer, primaryKey, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";
import type { Role } from "../roles.ts";

/** A person. People belong to the gateway; what they may do in a project stands in `memberships`. */
export const users = sqliteTable(
  "users",
  {
    id: text().primaryKey(),
    /** In lower case. */
    username: text().notNull(),
    name: text().notNull(),
    email: text(),
    source: text({ enum: ["password", "oidc", "trusted-header"] }).notNull(),
    /** Groups that an identity provider named at the last sign-in. */
    groups: text({ mode: "json" }).$type<string[]>().notNull().default([]),
    /** Who the person is at an identity provider; null for people with a password here. */
    subject: text(),
    /** `$scrypt$ln=…,r=…,p=…$salt$hash`. */
    passwordHash: text(),
    disabledAt: integer(),
    createdAt: integer().notNull(),
    lastSeenAt: integer(),
    /** Since when there is a second factor; its secret stands sealed among the gateway's own. */
    totpSince: integer(),
    /** The last 30-second step whose code was taken: none is taken twice. */
    totpStep: integer(),
  },
  (t) => [uniqueIndex("users_username").on(t.username), uniqueIndex("users_subject").on(t.source, t.subject)],
);

/** What a person may be in a project, or in every one (`*`). */
export const memberships = sqliteTable(
  "memberships",
  {
    userId: text().notNull(),
    project: text().notNull(),
    role: text().$type<Role>().notNull(),
    /** `given` by an admin, or from a `group` of the identity provider, which says it anew at every sign-in. */
    origin: text({ enum: ["given", "group"] }).notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.userId, t.project, t.origin] }),
    index("memberships_project").on(t.project),
  ],
);

/** The projects besides `default`, which is always there. */
export const projects = sqliteTable("projects", {
  name: text().primaryKey(),
  createdAt: integer().notNull(),
  createdBy: text(),
});

/** One-time codes for when the second factor is lost, as digests; a used one is deleted. */
export const recoveryCodes = sqliteTable(
  "recovery_codes",
  {
    userId: text().notNull(),
    digest: text().notNull(),
  },
  (t) => [primaryKey({ columns: [t.userId, t.digest] })],
);

/** Sign-ins that failed, counted under what they had in common: an address, a name, or both. */
export const failedSignIns = sqliteTable("failed_sign_ins", {
  /** sha256, for names are typed into the wrong field at times. */
  digest: text().primaryKey(),
  count: integer().notNull(),
  lastAt: integer().notNull(),
});

/** Machines that wait for a person to let them in (RFC 8628). */
export const deviceLogins = sqliteTable(
  "device_logins",
  {
    /** sha256 of the device code. */
    digest: text().primaryKey(),
    userCode: text().notNull(),
    /** What the machine calls itself. */
    machine: text().notNull(),
    address: text(),
    status: text({ enum: ["pending", "approved", "denied"] }).notNull(),
    /** Who let it in, and into which project. */
    userId: text(),
    project: text(),
    intervalMs: integer().notNull(),
    polledAt: integer(),
    createdAt: integer().notNull(),
    expiresAt: integer().notNull(),
  },
  (t) => [uniqueIndex("device_logins_user_code").on(t.userCode)],
);

/** Sign-ins under way at the identity provider: each is good once, for ten minutes, in the browser that began it. */
export const signInFlows = sqliteTable("sign_in_flows", {
  /** sha256 of the `state`. */
  state: text().primaryKey(),
  /** sha256 of the cookie of the browser that began it. */
  browser: text().notNull(),
  nonce: text().notNull(),
  /** The PKCE verifier. */
  verifier: text().notNull(),
  returnTo: text().notNull(),
  expiresAt: integer().notNull(),
});
