import * as z from "zod";
import { endpoint } from "../endpoint.ts";
import { listOf, nameField, pageQuery, passwordField, timeField, usernameField } from "./fields.ts";
import { keyQuotas } from "./plans.ts";

/** What a key may do: `invoke:<name>` or `invoke:*` call functions; the others open the control API. `admin` implies them, `gateway` covers people and projects too. */
export const keyScope = z
  .string()
  .regex(/^(read|execute|deploy|admin|gateway|invoke:(\*|[a-z0-9]([a-z0-9_-]{0,61}[a-z0-9])?))$/, {
    message: "must be read, execute, deploy, admin, gateway, invoke:* or invoke:<function>",
  });

export const keyView = z.object({
  id: z.string(),
  name: z.string(),
  /** The first characters of the key, to tell keys apart. */
  prefix: z.string(),
  scopes: z.array(z.string()),
  createdAt: timeField,
  expiresAt: timeField.nullable(),
  revokedAt: timeField.nullable(),
  /** Who made it: `user:ana`, `key:ci`; null: the gateway itself. */
  createdBy: z.string().nullable(),
  /** Calls a minute; null: as many as keys may. */
  rateLimit: z.number().int().nullable(),
  /** What its calls may use, in a month and at once; null: as much as the project. */
  quotas: keyQuotas.nullable(),
  /** When it last opened something, to within ten minutes; null: never. */
  lastUsedAt: timeField.nullable(),
});
export type KeyView = z.output<typeof keyView>;

export const listKeys = endpoint({
  method: "GET",
  path: "/v1/keys",
  tag: "keys",
  summary: "API keys, without their secrets; without the scope `admin` one's own",
  scope: "session",
  query: z.strictObject(pageQuery),
  answer: listOf(keyView),
  statuses: [200],
});

export const createKey = endpoint({
  method: "POST",
  path: "/v1/keys",
  creates: true,
  tag: "keys",
  summary:
    "Make an API key that may do at most what its maker may; this answer is the only time it is shown. A person's key ends with the person",
  scope: "session",
  audit: {
    action: "key.create",
    body: ["name", "scopes", "expiresAt", "rateLimit", "quotas"],
    answer: ["id", "prefix"],
  },
  body: z.strictObject({
    name: nameField,
    scopes: z.array(keyScope).min(1).max(100),
    expiresAt: timeField.optional(),
    /** Calls a minute, of every kind together. */
    rateLimit: z.number().int().min(1).max(1_000_000).optional(),
    /** What its calls may use, in a month and at once. */
    quotas: keyQuotas.optional(),
  }),
  answer: keyView.extend({ key: z.string() }),
  statuses: [201],
});

export const revokeKey = endpoint({
  method: "DELETE",
  path: "/v1/keys/:id",
  tag: "keys",
  summary: "Revoke an API key, by id or name; without the scope `admin` one's own",
  scope: "session",
  audit: { action: "key.revoke" },
  params: z.object({ id: z.string() }),
  statuses: [204],
});

export const me = endpoint({
  method: "GET",
  path: "/v1/me",
  tag: "session",
  summary: "Who the credential belongs to",
  scope: "session",
  answer: z.object({
    kind: z.enum(["user", "key"]),
    name: z.string(),
    project: z.string(),
    roles: z.array(z.string()),
    scopes: z.array(z.string()),
    expiresAt: timeField.nullable(),
    /** The person whose account this is, also with a key of theirs; null: a key that is nobody's. */
    person: z
      .object({
        username: z.string(),
        /** How they sign in. */
        source: z.enum(["password", "oidc", "trusted-header"]),
        hasSecondFactor: z.boolean(),
      })
      .nullable(),
  }),
  statuses: [200],
});

const sessionView = z.object({ name: z.string(), scopes: z.array(z.string()), expiresAt: timeField });

export const setUp = endpoint({
  method: "POST",
  path: "/v1/setup",
  tag: "session",
  summary:
    "Open an administrator's browser session with the token of the set-up URL, once; with a username and a password it is that of the first person, who is made by this",
  scope: "public",
  audit: { action: "session.setup", answer: ["name", "expiresAt"] },
  body: z.strictObject({
    token: z.string().min(1).max(200),
    username: usernameField.optional(),
    password: passwordField.optional(),
  }),
  answer: sessionView,
  statuses: [201],
});

export const makeSetUpUrl = endpoint({
  method: "POST",
  path: "/v1/setup/url",
  tag: "session",
  summary:
    "Make the set-up URL, whose form makes the first person, once and within a day; the one made before it is good no longer, and there is none once there are people",
  scope: "gateway",
  audit: { action: "session.setup_url", answer: ["expiresAt"] },
  answer: z.object({ url: z.string(), expiresAt: timeField }),
  statuses: [201],
});

export const openSession = endpoint({
  method: "POST",
  path: "/v1/session",
  tag: "session",
  summary:
    "Open a browser session, as a person or with an API key; answers with the session cookie. `totp` is a code of the second factor, or a recovery code",
  scope: "public",
  audit: { action: "session.open", answer: ["name", "expiresAt"] },
  body: z
    .strictObject({
      key: z.string().min(1).max(200).optional(),
      username: z.string().min(1).max(200).optional(),
      password: passwordField.optional(),
      totp: z.string().min(1).max(40).optional(),
    })
    .refine(
      ({ key, username, password }) =>
        key === undefined
          ? username !== undefined && password !== undefined
          : username === undefined && password === undefined,
      "must have a username and a password, or a key",
    ),
  answer: sessionView,
  statuses: [201],
});

export const closeSession = endpoint({
  method: "DELETE",
  path: "/v1/session",
  tag: "session",
  summary: "End the browser session",
  scope: "session",
  audit: { action: "session.close" },
  statuses: [204],
});
