import * as z from "zod";
import { endpoint } from "../endpoint.ts";
import { jsonValue, listOf, nameField, timeField } from "./fields.ts";

/** Limits of the key-value store. */
export const kvLimits = {
  /** Of a key, in UTF-8. */
  keyBytes: 256,
  /** Of a value, as JSON in UTF-8: what fits one frame of the runtime protocol with room for the rest. */
  valueBytes: 48 * 1024,
  /** In one space. */
  entries: 10_000,
  /** Of all keys and values of a project. */
  projectBytes: 128 * 2 ** 20,
  /** Operations of functions on one space, as one gateway process counts them. */
  perMinute: 60_000,
  /** Seconds that an entry may be given: ten years. */
  ttlS: 315_360_000,
  /** Keys of one page. */
  page: 100,
} as const;

const utf8Bytes = (text: string) => new TextEncoder().encode(text).length;

const keyText = z
  .string()
  .refine((key) => utf8Bytes(key) <= kvLimits.keyBytes, `may have at most ${kvLimits.keyBytes} bytes`)
  .refine(
    (key) => !/[\p{Cc}\p{Cs}\u{10FFFF}]/u.test(key),
    "may not hold control characters or halves of characters",
  );
/** A key: 1–256 bytes of text. */
const keyField = keyText.refine((key) => key !== "", "may not be empty");
const ttl = z.number().int().min(1).max(kvLimits.ttlS);
const ifVersion = z.number().int().min(0);
const limit = z.number().int().min(1).max(kvLimits.page);

/** A space: `resize` is the own one of that function, `shared:sessions` one that functions share. */
export const kvSpace = z
  .string()
  .regex(
    /^(shared:)?[a-z0-9]([a-z0-9_-]{0,61}[a-z0-9])?$/,
    "must be a function's name, or shared: and the name of a space that functions share",
  );

const entryMeta = {
  key: z.string(),
  /** The number of the write that left it; it never comes again in its space. */
  version: z.number().int(),
  expiresAt: timeField.nullable(),
  updatedAt: timeField,
};
export const kvEntryView = z.object({ ...entryMeta, value: jsonValue });
export type KvEntryView = z.output<typeof kvEntryView>;

export const kvKeyView = z.object({ ...entryMeta, bytes: z.number().int() });
export type KvKeyView = z.output<typeof kvKeyView>;

export const kvSpaceView = z.object({
  space: z.string(),
  entries: z.number().int(),
  bytes: z.number().int(),
});
export type KvSpaceView = z.output<typeof kvSpaceView>;

const byKey = z.strictObject({ key: keyField });

export const listKvSpaces = endpoint({
  method: "GET",
  path: "/v1/kv",
  tag: "key-value store",
  summary: "Spaces that hold something, by name, with their entries and bytes, those that expired lately too",
  scope: "read",
  answer: z.object({
    items: z.array(kvSpaceView),
    bytes: z.number().int(),
    most: z.object({ entries: z.number().int(), bytes: z.number().int() }),
  }),
  statuses: [200],
});

export const listKv = endpoint({
  method: "GET",
  path: "/v1/kv/:space/keys",
  tag: "key-value store",
  summary: "Keys of a space that begin with `prefix`, in the order of their bytes, without the values",
  scope: "read",
  params: z.object({ space: kvSpace }),
  query: z.strictObject({
    prefix: keyText.default(""),
    limit: z.coerce.number().pipe(limit).default(kvLimits.page),
    cursor: keyText.optional(),
  }),
  answer: listOf(kvKeyView),
  statuses: [200],
});

export const getKv = endpoint({
  method: "GET",
  path: "/v1/kv/:space/entry",
  tag: "key-value store",
  summary: "What stands under a key",
  scope: "read",
  params: z.object({ space: kvSpace }),
  query: byKey,
  answer: kvEntryView,
  statuses: [200],
});

export const putKv = endpoint({
  method: "PUT",
  path: "/v1/kv/:space/entry",
  tag: "key-value store",
  summary:
    "Write a value under a key, for `ttl` seconds if given; with `ifVersion` only over that version (0: only where nothing is)",
  scope: "deploy",
  audit: { action: "kv.set", body: ["ifVersion", "ttl"], answer: ["version"] },
  params: z.object({ space: kvSpace }),
  query: byKey,
  body: z.strictObject({ value: jsonValue, ttl: ttl.optional(), ifVersion: ifVersion.optional() }),
  answer: kvEntryView.omit({ value: true }),
  statuses: [200],
});

export const deleteKv = endpoint({
  method: "DELETE",
  path: "/v1/kv/:space/entry",
  tag: "key-value store",
  summary: "Delete a key; with `ifVersion` only that version",
  scope: "deploy",
  audit: { action: "kv.delete" },
  params: z.object({ space: kvSpace }),
  query: byKey.extend({ ifVersion: z.coerce.number().pipe(ifVersion.min(1)).optional() }),
  statuses: [204],
});

/** What `ctx.kv` asks; `shared` names a space that the version's settings declare, without it it is the function's own. */
export const kvFromJobBody = z.discriminatedUnion("op", [
  z.object({ op: z.literal("get"), shared: nameField.optional(), key: keyField }),
  z.object({
    op: z.literal("set"),
    shared: nameField.optional(),
    key: keyField,
    value: jsonValue,
    ttl: ttl.optional(),
    ifVersion: ifVersion.optional(),
  }),
  z.object({
    op: z.literal("delete"),
    shared: nameField.optional(),
    key: keyField,
    ifVersion: ifVersion.min(1).optional(),
  }),
  z.object({
    op: z.literal("list"),
    shared: nameField.optional(),
    /** The prefix of the keys. */
    key: keyText,
    limit: limit.optional(),
    cursor: keyText.optional(),
  }),
]);
export type KvFromJob = z.output<typeof kvFromJobBody>;

/** `ctx.kv`: the job reads or writes what its function keeps. */
export const kvFromJob = endpoint({
  method: "POST",
  path: "/runner/v1/executions/:id/kv",
  tag: "runner protocol",
  summary:
    "Read or write the key-value store on behalf of a running job: its function's own space, or one that it declares",
  scope: "runner",
  params: z.object({ id: z.string() }),
  body: kvFromJobBody,
  bodyMostBytes: 128 * 1024,
  answer: z.object({ value: jsonValue }),
  statuses: [200],
});
