import * as z from "zod";

/** Names of functions, aliases, runners, pools, keys: 1–63 of a–z, 0–9, `-` and `_`, starting and ending with a letter or digit. */
export const nameField = z
  .string()
  .regex(
    /^[a-z0-9]([a-z0-9_-]{0,61}[a-z0-9])?$/,
    "must be 1–63 of a–z, 0–9, - and _, starting and ending with a letter or digit",
  );

/** An alias: a name that is not a number, so that `fn@3` always means version 3. */
export const aliasField = nameField.refine(
  (name) => !/^\d+$/.test(name),
  "must not be a number: numbers name versions",
);

/** A revision of a workflow: its number, or an alias. */
export const revisionReference = z.union([
  z.number().int().min(1),
  aliasField.refine((name) => name !== "latest", "must not be latest: without any it is the newest revision"),
]);

/** A workflow by its name, or one revision of it: `patch`, `patch@3`, `patch@stable`. */
export const workflowReference = z
  .string()
  .regex(
    /^[a-z0-9]([a-z0-9_-]{0,61}[a-z0-9])?(@[a-z0-9]([a-z0-9_-]{0,61}[a-z0-9])?)?$/,
    "must be a workflow's name, or name@revision or name@alias",
  );

/** How people sign in: 1–128 of a–z, 0–9 and `. _ @ + -`, in lower case. */
export const usernameField = z
  .string()
  .regex(
    /^[a-z0-9]([a-z0-9._@+-]{0,126}[a-z0-9])?$/,
    "must be 1–128 of a–z, 0–9 and . _ @ + -, starting and ending with a letter or digit",
  );

/** A password as it is typed. What a new one must be is decided where it is set. */
export const passwordField = z.string().min(1).max(1024);

export const labelsField = z.record(
  z.string().regex(/^[a-zA-Z0-9][a-zA-Z0-9._/-]{0,62}$/, "must be a label key: letters, digits, . _ / -"),
  z.string().max(63),
);

export const sha256Field = z.string().regex(/^[0-9a-f]{64}$/, "must be 64 lower-case hex digits");

export const timeField = z.iso.datetime();

/** `?limit=` and `?cursor=` of every list. */
export const pageQuery = {
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: z.string().max(500).optional(),
};

/** The form of every list: items and where the next page starts. */
export function listOf<T extends z.ZodType>(item: T) {
  return z.object({ items: z.array(item), nextCursor: z.string().nullable() });
}

/** Any JSON value. */
export const jsonValue = z.json();

/** The name of an event: `order.paid`, `deploy:finished`. */
export const eventName = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$/,
    "must be a name such as order.paid: up to 128 letters, digits, ., _, : and -, the first a letter or a digit",
  );
