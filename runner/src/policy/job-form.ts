import { commandSpec } from "@pulse/schema/wire/command";
import type { Job } from "@pulse/schema/wire/job";
import type { WarmOrder } from "@pulse/schema/wire/warm-order";
import * as z from "zod";

const id = z.string().regex(/^[A-Za-z0-9_-]{1,100}$/);
const name = z.string().regex(/^[A-Za-z0-9_-]{1,63}$/);
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const names = z.looseObject({ execution: id, fence: z.number().int().min(0).max(Number.MAX_SAFE_INTEGER) });

const settings = z.looseObject({
  memory: z.number().positive().optional(),
  cpus: z.number().positive().optional(),
  concurrency: z.number().int().positive().optional(),
  egress: z.union([z.enum(["open", "none"]), z.array(z.string())]).optional(),
  allowInstallScripts: z.array(z.string()).optional(),
  env: z.record(z.string(), z.string()).optional(),
  logs: z.looseObject({ max: z.number().positive() }).optional(),
});

const code = {
  project: name,
  version: id,
  bundle: z.string().regex(/^sha256:[0-9a-f]{64}$/),
  secrets: z.string().nullable(),
  spec: z.looseObject({
    function: z.looseObject({ id, name, version: z.number() }),
    runtime: z.enum(["typescript", "python", "image"]),
    entry: z.string().max(200),
    settings,
    image: z.string().optional(),
    deps: sha256.nullable().optional(),
  }),
};

const order = z.looseObject({ ...code, count: z.number().int().min(0).max(100) });
const form = z.looseObject({
  ...code,
  kind: z.enum(["function", "build"]),
  delivery: z.enum(["atLeastOnce", "atMostOnce"]),
  timeoutMs: z.number().positive(),
});

const commandForm = z.looseObject({
  project: name,
  secrets: z.string().nullable(),
  kind: z.literal("command"),
  delivery: z.enum(["atLeastOnce", "atMostOnce"]),
  timeoutMs: z.number().positive(),
  // Nothing of it may be left to a default: what was looked at is what runs.
  spec: z.looseObject({
    name: z.string(),
    shell: z.string().nullable(),
    cwd: z.string().nullable(),
    user: z.string().nullable(),
    image: z.string().nullable(),
    successCodes: z.array(z.number()),
    settings: z.looseObject({}),
    work: z.looseObject({ is: z.string() }),
  }),
});

/** Whether a job that a gateway sent names an execution at all, in a form that may become a file's name. */
export function isNamed(job: Job): boolean {
  return names.safeParse(job).success;
}

/** What is wrong with the form of a job: a gateway that was broken into sends anything. Null: nothing. */
export function formFault(job: Job): string | null {
  if (job.kind !== "command") return faultIn(form, job);
  const fault = faultIn(commandForm, job);
  if (fault !== null) return fault;
  const inside = faultIn(commandSpec, job.spec);
  return inside === null ? null : `/spec${inside}`;
}

/** The same for an order to keep a version warm. */
export function orderFault(given: WarmOrder): string | null {
  return faultIn(order, given);
}

function faultIn(shape: z.ZodType, value: unknown): string | null {
  const result = shape.safeParse(value);
  const issue = result.error?.issues[0];
  return issue === undefined ? null : `/${issue.path.map(String).join("/")}: ${issue.message}`;
}
