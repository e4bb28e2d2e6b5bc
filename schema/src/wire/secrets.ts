import * as z from "zod";
import { endpoint } from "../endpoint.ts";
import { secretMostBytes, secretName } from "../secret.ts";
import { listOf, pageQuery, timeField } from "./fields.ts";

export const secretView = z.object({
  name: z.string(),
  version: z.number().int(),
  updatedAt: timeField,
  /** What is given it: functions whose live version names it, and workflows whose newest revision does. */
  usedBy: z.array(z.object({ kind: z.enum(["function", "workflow"]), name: z.string() })),
});
export type SecretView = z.output<typeof secretView>;

const value = z
  .string()
  .min(1)
  .refine((text) => text.isWellFormed() && !text.includes("\0"), {
    message: "must be text without NUL, for it becomes a variable of an environment",
  })
  .refine((text) => new TextEncoder().encode(text).length <= secretMostBytes, {
    message: `must have at most ${secretMostBytes} bytes`,
  });

export const listSecrets = endpoint({
  method: "GET",
  path: "/v1/secrets",
  tag: "secrets",
  summary: "The project's secrets, never their values",
  scope: "read",
  query: z.strictObject(pageQuery),
  answer: listOf(secretView),
  statuses: [200],
});

export const putSecret = endpoint({
  method: "PUT",
  path: "/v1/secrets/:name",
  tag: "secrets",
  summary: "Sets a secret, or its next version. The value can never be read again",
  scope: "admin",
  params: z.object({ name: secretName }),
  body: z.strictObject({ value }),
  bodyMostBytes: 8 * secretMostBytes,
  statuses: [204],
  audit: { action: "secret.set" },
});

export const deleteSecret = endpoint({
  method: "DELETE",
  path: "/v1/secrets/:name",
  tag: "secrets",
  summary: "Deletes a secret; functions that name it fail until it is set again",
  scope: "admin",
  params: z.object({ name: secretName }),
  statuses: [204],
  audit: { action: "secret.delete" },
});

export const masterKeyView = z.object({
  /** From the first on: the one that seals, then those that only open. */
  keys: z.array(z.object({ id: z.string(), secrets: z.number().int() })),
  /** Whether the gateway keeps the keys itself and can make a new one; else they come from its environment. */
  isOwn: z.boolean(),
});

export const getMasterKey = endpoint({
  method: "GET",
  path: "/v1/master-key",
  tag: "secrets",
  summary: "Which master keys seal secrets, by their ids, and how many each",
  scope: "gateway",
  answer: masterKeyView,
  statuses: [200],
});

export const newMasterKey = endpoint({
  method: "POST",
  path: "/v1/master-key",
  tag: "secrets",
  summary: "Makes a new master key that seals from now on, where the gateway keeps its keys itself",
  scope: "gateway",
  answer: masterKeyView,
  statuses: [201],
  audit: { action: "master-key.new" },
});

export const rewrapSecrets = endpoint({
  method: "POST",
  path: "/v1/master-key/rewrap",
  tag: "secrets",
  summary: "Wraps some data keys anew under the master key that seals; call it until nothing is left",
  scope: "gateway",
  answer: z.object({ rewrapped: z.number().int(), left: z.number().int() }),
  statuses: [200],
  audit: { action: "master-key.rewrap" },
});
