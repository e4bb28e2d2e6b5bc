import * as z from "zod";
import { variableName, variableValue } from "../command-environment.ts";

/** Characters of a command or script. */
export const commandMostChars = 256 * 1024;
/** Bytes of standard output, from its end, that are kept as the result of a command. */
export const keptOutputBytes = 64 * 1024;

const text = z
  .string()
  .min(1)
  .max(commandMostChars)
  .refine((given) => !given.includes("\0"), "must not contain NUL");

/** The name of a command that a runner's own policy describes, and of its file. */
export const commandName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9_-]{0,62}$/, "must be a name such as apt-upgrade");

/** The value of an argument of such a command. */
export const commandArgument = z.union([z.string().max(32_768), z.number(), z.boolean(), z.null()]);

/** A shell: a program, by its name or path, and its options, such as `/bin/bash -eu`. */
export const shellField = z
  .string()
  .regex(
    /^[A-Za-z/][A-Za-z0-9_./+-]{0,200}( [A-Za-z0-9_./+=-]{1,50}){0,10}$/,
    "must be a shell and its options, such as /bin/bash -eu",
  );

/** A user of the runner's machine, by name. */
export const userField = z
  .string()
  .regex(/^[a-z_][a-z0-9_.-]{0,31}$/, "must be the name of a user of the machine");

/** An absolute folder of the runner's machine. */
export const folderField = z
  .string()
  .max(4096)
  .regex(/^\/[^\0\n]*$/, "must be an absolute path");

const logLimit = z.object({ max: z.number().int().positive() });

/** What runs on the host: a line for the shell, a script, or a command that the runner's policy describes. */
export const commandWork = z.discriminatedUnion("is", [
  z.object({ is: z.literal("command"), text }),
  z.object({ is: z.literal("script"), text }),
  z.object({
    is: z.literal("ref"),
    name: commandName,
    args: z.record(z.string(), commandArgument).default({}),
  }),
]);
export type CommandWork = z.output<typeof commandWork>;

/** A host command as a runner is given it. */
export const commandSpec = z.object({
  /** What its execution is shown as. */
  name: z.string().min(1).max(200),
  work: commandWork,
  /** Null: `/bin/sh`. */
  shell: shellField.nullable().default(null),
  /** Null: a private folder that is removed afterwards. */
  cwd: folderField.nullable().default(null),
  /** Null: the runner's own user. */
  user: userField.nullable().default(null),
  /** An image to run it in on the runner; null: the host itself. */
  image: z.string().min(1).max(300).nullable().default(null),
  successCodes: z.array(z.number().int().min(0).max(255)).min(1).max(256).default([0]),
  /** Under the names that functions have theirs, for what is the same of both. */
  settings: z
    .object({
      env: z.record(variableName, variableValue),
      secrets: z.record(variableName, z.string()),
      /** Variables made of texts and secrets in turn; what `secrets` names for them alone is no variable of its own. */
      composed: z.record(
        variableName,
        z.array(z.union([z.string(), z.object({ secret: variableName })])).max(100),
      ),
      logs: logLimit,
      onLost: z.enum(["fail", "wait", "retry"]),
    })
    .partial()
    .default({}),
});
export type CommandSpec = z.output<typeof commandSpec>;

/** How a command ended: its exit code or the signal that ended it (both null: it never began), and the ends of its outputs. */
export const commandEnd = z.object({
  exitCode: z.number().int().nullable(),
  signal: z.string().nullable(),
  /** At most the last 64 KiB, without the line end at its end. */
  stdout: z.string(),
  stdoutTruncated: z.boolean(),
  /** The same of its standard error; absent where the runner is too old to tell. */
  stderr: z.string().optional(),
  stderrTruncated: z.boolean().optional(),
});
export type CommandEnd = z.output<typeof commandEnd>;
