import { hasTemplate } from "../expression/parse-template.ts";
import type { Definition, StepDefinition } from "./definition.ts";
import { escapeKey } from "./finding.ts";

/** A text of a definition that is an expression or has templates, and what it may ask for where it stands. */
export interface ExpressionPlace {
  pointer: string;
  text: string;
  kind: "expression" | "template" | "command";
  /** Names that are known here beside the ones that are known everywhere. */
  names: readonly string[];
  /** Where a secret may stand: its value is filled in on the runner. */
  takesSecrets: boolean;
  /** The step it is in has ended: its own results are there, and those of the steps inside it. */
  isAfter: boolean;
}

type More = Partial<Pick<ExpressionPlace, "names" | "takesSecrets" | "isAfter">>;

const runnerNames = ["name", "labels", "tags", "group", "os", "arch", "metrics"];
/** What is known of a delivery when it starts something. */
export const webhookNames = ["payload", "headers", "event", "delivery", "webhook"] as const;
const plain = { names: [], takesSecrets: false, isAfter: false };

function* expression(pointer: string, text: unknown, more: More = {}): Generator<ExpressionPlace> {
  if (typeof text === "string") yield { pointer, text, kind: "expression", ...plain, ...more };
}

/** Every text below a value that has a template; names of properties never are. */
function* templates(pointer: string, value: unknown, more: More = {}): Generator<ExpressionPlace> {
  if (typeof value === "string" && hasTemplate(value)) {
    yield { pointer, text: value, kind: "template", ...plain, ...more };
  } else if (typeof value === "object" && value !== null) {
    for (const [key, one] of Object.entries(value))
      yield* templates(`${pointer}/${escapeKey(key)}`, one, more);
  }
}

/** Each text of an object is an expression; other values are themselves. */
function* expressions(
  pointer: string,
  values: object | undefined,
  more: More = {},
): Generator<ExpressionPlace> {
  for (const [key, one] of Object.entries(values ?? {}))
    yield* expression(`${pointer}/${escapeKey(key)}`, one, more);
}

const templateFields = [
  ...([
    "args",
    "cwd",
    "user",
    "image",
    "shell",
    "message",
    "until",
    "duration",
    "timeout",
    "function",
  ] as const),
  ...(["workflow", "inputs", "items", "method", "url", "body", "channel", "input", "notify"] as const),
];

/** The texts of one step that are expressions or have templates, without the steps inside it. */
export function* placesOfStep(step: StepDefinition, pointer: string): Generator<ExpressionPlace> {
  const at = (field: string) => `${pointer}/${field}`;
  yield* expression(at("condition"), step.condition);
  yield* expression(at("retry/if"), step.retry?.if, { names: ["error"], isAfter: true });
  yield* templates(at("retry/delay"), step.retry?.delay);
  yield* templates(at("retry/maxDelay"), step.retry?.maxDelay);
  yield* expressions(at("outputs"), step.outputs, { names: ["output", "results", "status"], isAfter: true });
  yield* templates(at("concurrency/key"), step.concurrency?.key);
  for (const field of ["env", "headers"] as const) {
    if (field === "env" || step.type === "http")
      yield* templates(at(field), step[field], { takesSecrets: true });
  }
  for (const field of templateFields)
    yield* templates(at(field), step[field], { takesSecrets: field === "inputs" });
  for (const field of ["command", "script"] as const) {
    if (step.type !== "execute") continue;
    for (const place of templates(at(field), step[field])) yield { ...place, kind: "command" };
  }
  yield* placesOfTargets(step.targets, at("targets"));
  if (step.type === "if") yield* expression(at("if"), step.if);
  if (step.type === "wait") {
    yield* expression(at("event/match"), step.event?.match);
    yield* templates(at("event/name"), step.event?.name);
    yield* templates(at("event/lookback"), step.event?.lookback);
  }
  if (step.type === "set") yield* expressions(at("set"), step.set);
  if (step.type === "http") {
    yield* expression(at("expect"), step.expect, { names: ["status", "headers", "body"], isAfter: true });
  }
  if (step.type === "switch") {
    for (const [i, { when }] of (step.cases ?? []).entries()) yield* expression(at(`cases/${i}/when`), when);
  }
  if (step.type === "parallel") {
    for (const [i, { condition }] of (step.branches ?? []).entries()) {
      yield* expression(at(`branches/${i}/condition`), condition);
    }
  }
  if (step.type === "foreach") {
    const names = [step.as ?? "item", "item", "index", "status", "output", "results"];
    yield* expression(at("collect"), step.collect, { names, isAfter: true });
    yield* expression(at("breakIf"), step.breakIf, { names, isAfter: true });
  }
}

function* placesOfTargets(targets: StepDefinition["targets"], pointer: string): Generator<ExpressionPlace> {
  if (targets === undefined) return;
  if (Array.isArray(targets)) return yield* templates(pointer, targets);
  const { where, ...rest } = targets;
  yield* expression(`${pointer}/where`, where, { names: runnerNames });
  yield* templates(pointer, rest);
}

/** The texts outside of steps: those that are read before the run, and those that are read after it. */
export function placesOfDefinition(definition: Definition): {
  before: ExpressionPlace[];
  after: ExpressionPlace[];
} {
  const { concurrency, timeout, vars, defaults, triggers = [], outputs, notify } = definition;
  return {
    before: [
      ...templates("/concurrency/key", concurrency?.key),
      ...templates("/timeout", timeout),
      ...templates("/vars", vars),
      ...templates("/defaults/env", defaults?.env, { takesSecrets: true }),
      ...templates("/defaults/timeout", defaults?.timeout),
      ...templates("/defaults/shell", defaults?.shell),
      ...expression("/defaults/retry/if", defaults?.retry?.if, { names: ["error"] }),
      ...placesOfTargets(defaults?.targets, "/defaults/targets"),
      ...triggers.flatMap(({ type, match, inputs }, i) => {
        const more = { names: type === "webhook" ? webhookNames : [] };
        return [
          ...expression(`/triggers/${i}/match`, match, more),
          ...templates(`/triggers/${i}/inputs`, inputs, more),
        ];
      }),
    ],
    after: [...expressions("/outputs", outputs, { isAfter: true }), ...templates("/notify", notify)],
  };
}
