import { existsSync } from "node:fs";
import { join } from "node:path";
import { variableName } from "@pulse/schema/command-environment";
import { duration } from "@pulse/schema/duration";
import { ProblemError } from "@pulse/schema/problem";
import { commandName, folderField, userField } from "@pulse/schema/wire/command";
import * as z from "zod";
import { readSafely } from "../policy/policy-file.ts";

const argumentName = z.string().regex(/^[a-zA-Z][a-zA-Z0-9_]{0,62}$/);
const pattern = z.string().superRefine((text, context) => {
  try {
    new RegExp(text, "u");
  } catch (error) {
    context.addIssue({ code: "custom", message: `is no pattern: ${String(error)}` });
  }
});

/** What an argument of a described command may be. */
const argumentRule = z.discriminatedUnion("type", [
  z.strictObject({
    type: z.literal("string"),
    optional: z.boolean().default(false),
    /** The whole text must match. */
    pattern: pattern.optional(),
    maxLength: z.number().int().min(1).max(32_768).default(256),
    /** Whether it may begin with `-`, so that the program may take it for an option. */
    leadingDash: z.boolean().default(false),
  }),
  z.strictObject({
    type: z.literal("integer"),
    optional: z.boolean().default(false),
    min: z.number().int().default(0),
    max: z.number().int().default(Number.MAX_SAFE_INTEGER),
  }),
  z.strictObject({ type: z.literal("boolean"), optional: z.boolean().default(false) }),
  z.strictObject({
    type: z.literal("choice"),
    optional: z.boolean().default(false),
    options: z.array(z.string()).min(1),
  }),
]);
export type ArgumentRule = z.output<typeof argumentRule>;

const word = z
  .string()
  .max(4096)
  .refine((text) => !text.includes("\0"), "must not contain NUL");

/** A command that the operator of a machine describes: a program and its arguments, in which `${name}` stands for a value. */
export const describedCommand = z
  .strictObject({
    description: z.string().optional(),
    /** The program by its absolute path, then words, and words that are only there when an argument is given (and not false). */
    argv: z
      .tuple([word.regex(/^\/[^$]*$/, "must be the absolute path of a program")])
      .rest(z.union([word, z.strictObject({ when: argumentName, words: z.array(word).min(1) })])),
    args: z.record(argumentName, argumentRule).default({}),
    /** Whom it runs as; absent: the runner's own user. */
    user: userField.optional(),
    cwd: folderField.optional(),
    /** Variables and secrets that those who ask for it may give it. */
    env: z.array(variableName).default([]),
    /** The longest that it may take. */
    timeout: duration("1s", "24h").optional(),
  })
  .superRefine(({ argv, args }, context) => {
    const [, ...rest] = argv;
    const used = rest.flatMap((one) =>
      typeof one === "string" ? namesIn(one) : [one.when, ...one.words.flatMap(namesIn)],
    );
    for (const name of used) {
      if (Object.hasOwn(args, name)) continue;
      context.addIssue({ code: "custom", path: ["argv"], message: `uses ${name}, which is not among args` });
    }
  });
export type DescribedCommand = z.output<typeof describedCommand>;

/** The names of arguments that a word asks for. */
function namesIn(text: string): string[] {
  return [...text.matchAll(/\$\{([^}]*)\}/g)].map(([, name = ""]) => name);
}

/** Reads the description of a command, anew each time. Throws `validation_failed`, in words for whoever asked for the command. */
export function readDescribed(folder: string, name: string): DescribedCommand {
  if (!commandName.safeParse(name).success)
    throw new ProblemError("validation_failed", `${JSON.stringify(name)} is not the name of a command`);
  const path = join(folder, `${name}.json`);
  if (!existsSync(path))
    throw new ProblemError("validation_failed", `this runner describes no command "${name}"`);
  let value: unknown;
  try {
    value = JSON.parse(readSafely(path));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new ProblemError(
      "validation_failed",
      `the description of the command "${name}" cannot be read: ${why}`,
    );
  }
  const result = describedCommand.safeParse(value);
  if (result.success) return result.data;
  const faults = result.error.issues.map((issue) => `/${issue.path.map(String).join("/")}: ${issue.message}`);
  throw new ProblemError(
    "validation_failed",
    `the description of the command "${name}" is not valid: ${faults.join("; ")}`,
  );
}
