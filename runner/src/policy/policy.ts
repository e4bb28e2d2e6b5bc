import { duration } from "@pulse/schema/duration";
import { userField } from "@pulse/schema/wire/command";
import { runtimeField } from "@pulse/schema/wire/manifest";
import * as z from "zod";
import { placeField, type Reach } from "./reach.ts";

/** The kinds of job that there are. */
export const jobKinds = ["function", "build", "command"] as const;
/** What commands for the machine itself a runner takes, the strictest first: none, those that its own folder describes, any. */
export const commandModes = ["deny", "allowlist", "allow"] as const;
export type CommandMode = (typeof commandModes)[number];
/** What a runner was started with for the machine itself: commands, where it describes its own, and requests (null: where any command may run). */
export interface StartedWith {
  mode: CommandMode;
  dir: string;
  requests: Reach | null;
}
/** What a gateway may tell a runner to do with itself. */
export const orders = ["drain", "resume", "refresh", "update", "exit"] as const;

const origin = z
  .url({ protocol: /^https?$/ })
  .refine((text) => new URL(text).origin === text.replace(/\/$/, ""), {
    message: "must be an origin such as https://pulse.example.test, without a path",
  });
const glob = z
  .string()
  .regex(/^[a-z0-9_*-]{1,100}$/, "must be a name in which * stands for anything, such as web-*");
const imagePattern = z
  .string()
  .regex(
    /^[^\s,]{1,300}$/,
    "must be the name of an image in which * stands for anything, or its sha256:… id",
  );

const commandRules = z.strictObject({
  /** Never more than the runner was started with (`PULSE_COMMANDS`). */
  mode: z.enum(commandModes).default("allow"),
  /** Where the described commands are, instead of `PULSE_COMMANDS_DIR`. */
  dir: z.string().regex(/^\//, "must be an absolute path").optional(),
  /** Which of the described commands may run. */
  allowed: z.array(glob).optional(),
  /** Whom commands may be run as; described ones run as their description says. */
  users: z.array(userField).optional(),
  /** Whether programs that a command starts may gain rights, as `sudo` does. */
  sudo: z.boolean().default(true),
});

function megabytes(text: string, context: z.RefinementCtx): number {
  const [, number, unit] = /^(\d{1,9})(MB|GB)$/.exec(text) ?? [];
  if (number !== undefined) return Number(number) * (unit === "GB" ? 2 ** 30 : 2 ** 20);
  context.addIssue({
    code: "custom",
    message: `must be a size such as "512MB" or "2GB", got ${JSON.stringify(text)}`,
  });
  return z.NEVER;
}

/**
 * What the operator of a machine lets a gateway do with it, whatever that gateway says. What is left out is allowed; `{}` is no restriction at all, and
 * so is no file.
 */
export const policyShape = z.strictObject({
  /** Gateways that this machine works for. */
  gateways: z.array(origin).min(1).optional(),
  projects: z.array(glob).optional(),
  functions: z.array(glob).optional(),
  kinds: z.array(z.enum(jobKinds)).optional(),
  runtimes: z.array(runtimeField).optional(),
  /** Images of functions, with their registry, as in `PULSE_IMAGES`; `sha256:…` is one that was built here. */
  images: z.array(imagePattern).optional(),
  /** Whether code may run without a container around it. */
  process: z.boolean().default(true),
  /** What functions may reach: `any`, `none`, or hosts. */
  egress: z.union([z.enum(["any", "none"]), z.array(placeField)]).default("any"),
  /** Where requests of workflows may go; never further than the runner was started with (`PULSE_REQUESTS`). */
  requests: z.union([z.enum(["any", "none"]), z.array(placeField)]).default("any"),
  /** Whether packages may run their install scripts. */
  installScripts: z.boolean().default(true),
  /** Whether jobs may bring secrets to this machine. */
  secrets: z.boolean().default(true),
  /** Which commands for the machine itself may run. */
  commands: commandRules.optional(),
  /** The most that one sandbox may have. */
  memory: z.string().transform(megabytes).optional(),
  cpus: z.number().positive().max(1024).optional(),
  timeout: duration("1s", "24h").optional(),
  /** What the gateway may tell this runner to do with itself. */
  obeys: z.array(z.enum(orders)).default([...orders]),
});
export type Policy = z.output<typeof policyShape>;

/** No restriction. */
export const openPolicy: Policy = policyShape.parse({});
