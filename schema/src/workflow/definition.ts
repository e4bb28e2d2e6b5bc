import * as z from "zod";
import {
  anyObject,
  approversField,
  awaitedEventField,
  concurrencyField,
  envField,
  inputField,
  optionField,
  retryField,
  strings,
  targetsField,
  timespanField,
  triggerField,
} from "./fields.ts";
import { stepTypes } from "./step-kinds.ts";

type Steps = z.ZodArray<typeof stepField>;
type OptionalSteps = z.ZodOptional<Steps>;
const steps = (): Steps => z.array(stepField);

/**
 * A step as written. Every type of step takes the common fields; a field that belongs to another type is accepted and has
 * no effect, as in the format that operators used before (a warning says so).
 */
export const stepField = z.strictObject({
  id: z
    .string()
    .regex(
      /^[A-Za-z_][A-Za-z0-9_-]*$/,
      "must start with a letter or _ and hold only letters, digits, _ and -",
    )
    .optional(),
  name: z.string(),
  type: z.enum(stepTypes),
  needs: strings.optional(),
  condition: z.string().optional(),
  timeout: timespanField.optional(),
  retry: retryField.optional(),
  continueOnError: z.boolean().optional(),
  get onFailure(): z.ZodOptional<
    z.ZodUnion<
      readonly [
        Steps,
        z.ZodObject<
          {
            steps: Steps;
            then: z.ZodOptional<z.ZodEnum<{ fail: "fail"; continue: "continue"; retry: "retry" }>>;
          },
          z.core.$strict
        >,
      ]
    >
  > {
    const withThen = z.strictObject({
      steps: steps(),
      // biome-ignore lint/suspicious/noThenProperty: the format says so, and no list of steps is awaited.
      then: z.enum(["fail", "continue", "retry"]).optional(),
    });
    return z
      .union([steps(), withThen], { error: 'must be a list of steps, or an object with "steps"' })
      .optional();
  },
  get rollback(): OptionalSteps {
    return steps().optional();
  },
  delivery: z.enum(["atMostOnce", "atLeastOnce"]).optional(),
  onLost: z.enum(["fail", "retry", "wait", "ask"]).optional(),
  concurrency: concurrencyField.optional(),
  outputs: anyObject.optional(),
  env: envField.optional(),
  secrets: z.record(z.string(), z.string()).optional(),
  ui: anyObject.optional(),
  targets: targetsField.optional(),
  command: z.string().optional(),
  script: z.string().optional(),
  commandRef: z.string().optional(),
  args: anyObject.optional(),
  shell: z.string().optional(),
  cwd: z.string().optional(),
  user: z.string().optional(),
  image: z.string().optional(),
  successCodes: z.array(z.int()).optional(),
  message: z.string().optional(),
  options: z.array(optionField).min(1).optional(),
  form: z.record(z.string(), inputField).optional(),
  approvers: approversField.optional(),
  onTimeout: z.string().optional(),
  notify: strings.optional(),
  duration: timespanField.optional(),
  until: z.string().optional(),
  event: awaitedEventField.optional(),
  function: z.string().optional(),
  input: z.unknown().optional(),
  async: z.boolean().optional(),
  workflow: z.string().optional(),
  inputs: anyObject.optional(),
  detach: z.boolean().optional(),
  get branches(): z.ZodOptional<
    z.ZodArray<
      z.ZodObject<{ name: z.ZodString; condition: z.ZodOptional<z.ZodString>; steps: Steps }, z.core.$strict>
    >
  > {
    return z
      .array(z.strictObject({ name: z.string(), condition: z.string().optional(), steps: steps() }))
      .optional();
  },
  join: z.union([z.enum(["all", "any"]), z.int32()], { error: "must be all, any or a number" }).optional(),
  failFast: z.boolean().optional(),
  if: z.string().optional(),
  // biome-ignore lint/suspicious/noThenProperty: the format says so, and no list of steps is awaited.
  get then(): OptionalSteps {
    return steps().optional();
  },
  get else(): OptionalSteps {
    return steps().optional();
  },
  get cases(): z.ZodOptional<z.ZodArray<z.ZodObject<{ when: z.ZodString; steps: Steps }, z.core.$strict>>> {
    return z.array(z.strictObject({ when: z.string(), steps: steps() })).optional();
  },
  get default(): OptionalSteps {
    return steps().optional();
  },
  items: z.unknown().optional(),
  as: z.string().optional(),
  get steps(): OptionalSteps {
    return steps().optional();
  },
  maxParallel: z.int32().min(1).optional(),
  maxItems: z.int32().optional(),
  collect: z.string().optional(),
  breakIf: z.string().optional(),
  method: z.string().optional(),
  url: z.string().optional(),
  headers: anyObject.optional(),
  body: z.unknown().optional(),
  expect: z.string().optional(),
  channel: z.string().optional(),
  set: anyObject.optional(),
  status: z.enum(["succeeded", "failed", "cancelled"]).optional(),
});

/** A step as written, with the fields of every type. */
export type StepDefinition = z.output<typeof stepField>;

const permission = strings.optional();

/** A workflow as written: the format `pulse-workflow.v1`, without the rules that `validate` adds. */
export const definitionField = z.strictObject({
  $schema: z.string().optional(),
  version: z.literal(1).optional(),
  name: z.string().optional(),
  description: z.string().optional(),
  tags: strings.optional(),
  inputs: z.record(z.string(), inputField).optional(),
  vars: anyObject.optional(),
  defaults: z
    .strictObject({
      targets: targetsField.optional(),
      timeout: timespanField.optional(),
      retry: retryField.optional(),
      shell: z.string().optional(),
      env: envField.optional(),
    })
    .optional(),
  concurrency: concurrencyField.optional(),
  timeout: timespanField.optional(),
  triggers: z.array(triggerField).optional(),
  permissions: z
    .strictObject({ view: permission, run: permission, edit: permission, approve: permission })
    .optional(),
  steps: z.array(stepField),
  onFailure: z.array(stepField).optional(),
  onSuccess: z.array(stepField).optional(),
  finally: z.array(stepField).optional(),
  rollback: z.enum(["auto", "ask", "never"]).optional(),
  outputs: anyObject.optional(),
  notify: z
    .array(
      z.strictObject({
        channel: z.string(),
        on: z.array(z.enum(["started", "succeeded", "failed", "cancelled", "prompt", "lost"])).optional(),
        message: z.string().optional(),
      }),
    )
    .optional(),
});

/** A workflow as written. */
export type Definition = z.output<typeof definitionField>;
