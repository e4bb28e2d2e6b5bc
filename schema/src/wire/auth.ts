import * as z from "zod";
import { endpoint } from "../endpoint.ts";
import { listOf, nameField, pageQuery, timeField } from "./fields.ts";

/** What a key may do: `invoke:<name>` or `invoke:*` call functions; the others open the control API. `admin` implies all. */
export const keyScope = z
  .string()
  .regex(/^(read|execute|deploy|admin|invoke:(\*|[a-z0-9]([a-z0-9_-]{0,61}[a-z0-9])?))$/, {
    message: "must be read, execute, deploy, admin, invoke:* or invoke:<function>",
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
  /** Calls a minute; null: as many as keys may. */
  rateLimit: z.number().int().nullable(),
});

export const listKeys = endpoint({
  method: "GET",
  path: "/v1/keys",
  tag: "keys",
  summary: "API keys, without their secrets",
  scope: "admin",
  query: z.strictObject(pageQuery),
  answer: listOf(keyView),
  statuses: [200],
});

export const createKey = endpoint({
  method: "POST",
  path: "/v1/keys",
  tag: "keys",
  summary: "Make an API key; this answer is the only time it is shown",
  scope: "admin",
  audit: { action: "key.create", body: ["name", "scopes", "expiresAt", "rateLimit"], answer: ["id", "prefix"] },
  body: z.strictObject({
    name: nameField,
    scopes: z.array(keyScope).min(1).max(100),
    expiresAt: timeField.optional(),
    /** Calls a minute, of every kind together. */
    rateLimit: z.number().int().min(1).max(1_000_000).optional(),
  }),
  answer: keyView.extend({ key: z.string() }),
  statuses: [201],
});

export const revokeKey = endpoint({
  method: "DELETE",
  path: "/v1/keys/:id",
  tag: "keys",
  summary: "Revoke an API key, by id or name",
  scope: "admin",
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
  }),
  statuses: [200],
});

const sessionView = z.object({ name: z.string(), scopes: z.array(z.string()), expiresAt: timeField });

export const setUp = endpoint({
  method: "POST",
  path: "/v1/setup",
  tag: "session",
  summary:
    "Open an administrator's browser session with the token of the set-up URL, once; answers with the session cookie",
  scope: "public",
  audit: { action: "session.setup", answer: ["name", "expiresAt"] },
  body: z.strictObject({ token: z.string().min(1).max(200) }),
  answer: sessionView,
  statuses: [201],
});

export const openSession = endpoint({
  method: "POST",
  path: "/v1/session",
  tag: "session",
  summary: "Open a browser session with an API key; answers with the session cookie",
  scope: "public",
  audit: { action: "session.open", answer: ["name", "expiresAt"] },
  body: z.strictObject({ key: z.string().min(1).max(200) }),
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
