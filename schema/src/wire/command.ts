import * as z from "zod";
import { variableName, variableValue } from "../command-environment.ts";
import { plainUrl } from "../outgoing/plain-url.ts";

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

/** Bytes of an answer's body that the result of a request keeps; an answer that has more is a failure. */
export const answerMostBytes = 256 * 1024;
/** What may be asked for. */
export const httpMethods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] as const;

/** Texts and secrets in turn, the secrets by the names that `settings.secrets` gives them. */
const pieces = z.array(z.union([z.string(), z.object({ secret: variableName })])).max(100);

/** A request that the runner itself makes; its name in the log is its method and URL. */
const requestWork = z.object({
  is: z.literal("request"),
  method: z.enum(httpMethods),
  url: z.string().superRefine((given, context) => {
    const url = plainUrl(given);
    if (typeof url === "string") context.addIssue({ code: "custom", message: url });
  }),
  headers: z.array(z.tuple([z.string().min(1).max(128), pieces])).max(100),
  body: z
    .string()
    .max(commandMostChars, `the body of a request from a runner has at most ${commandMostChars} characters`)
    .nullable(),
});
export type RequestWork = z.output<typeof requestWork>;

/** What runs on the host: a line for the shell, a script, a command that the runner's policy describes, or a request. */
export const commandWork = z.discriminatedUnion("is", [
  z.object({ is: z.literal("command"), text }),
  z.object({ is: z.literal("script"), text }),
  z.object({
    is: z.literal("ref"),
    name: commandName,
    args: z.record(z.string(), commandArgument).default({}),
  }),
  requestWork,
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
      composed: z.record(variableName, pieces),
      logs: logLimit,
      onLost: z.enum(["fail", "wait", "retry"]),
    })
    .partial()
    .default({}),
});
export type CommandSpec = z.output<typeof commandSpec>;

/** What a request was answered: names of headers in lower case, `set-cookie` left out, the body as text. */
export const requestAnswer = z.object({
  status: z.number().int().min(100).max(999),
  headers: z.record(z.string(), z.string()),
  body: z.string().max(answerMostBytes),
});
export type RequestAnswer = z.output<typeof requestAnswer>;

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
  /** Of a request that was answered; it has no exit code and no outputs. */
  answer: requestAnswer.optional(),
});
export type CommandEnd = z.output<typeof commandEnd>;
