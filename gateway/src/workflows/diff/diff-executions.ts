import { ProblemError } from "@pulse/schema/problem";
import { isTerminal } from "@pulse/schema/status";
import type { ExecutionDiffView, LogDiffView } from "@pulse/schema/wire/execution-diff";
import type { ExecutionView, InputView } from "@pulse/schema/wire/executions";
import { diffDefinitions, diffValue } from "@pulse/schema/workflow/diff-definitions";
import { readInput } from "../../executions/input.ts";
import { logStart, storedLines } from "../../executions/log-lines.ts";
import { getExecution } from "../../executions/read.ts";
import { createExecutionStore } from "../../executions/store.ts";
import type { Deps, Principal } from "../../http/context.ts";
import { outcomeOf } from "../outside/outcome.ts";
import { diffLogs, type ReadLog } from "./diff-logs.ts";
import { diffSteps, isSameStep, type StepDiff } from "./diff-runs.ts";
import { isInside, readRun } from "./read-run.ts";
import { shortened } from "./shorten.ts";

const linesMost = 10_000;
/** Targets whose logs are read for one answer, in both executions. */
const logsMost = 50;
const logsAtOnce = 4;

/** How one execution differs from another one of the same kind. Throws `not_found`, also for what is not theirs to see, and `conflict`. */
export async function diffExecutions(
  deps: Deps,
  by: Principal,
  ids: { before: string; after: string },
): Promise<ExecutionDiffView> {
  const { project } = by;
  const [before, after] = await Promise.all([
    getExecution(deps, by, ids.before),
    getExecution(deps, by, ids.after),
  ]);
  if (before.kind !== after.kind) {
    throw new ProblemError("conflict", `a ${before.kind} and a ${after.kind} have nothing to compare`);
  }
  const both = { before: comparedOf(before), after: comparedOf(after) };
  const parts =
    before.kind === "workflow"
      ? await diffRuns(deps, by, [before, after])
      : await diffCalls(deps, project, before, after);
  const { definition, inputs, output, steps, logs } = parts;
  const isSame =
    before.status === after.status &&
    [definition, inputs, output].every(({ length }) => length === 0) &&
    steps.every((step) => step.isSame) &&
    (logs === null || (logs.added === 0 && logs.removed === 0));
  return { ...both, isSame, ...parts };
}

type Parts = Pick<ExecutionDiffView, "definition" | "inputs" | "output" | "steps" | "truncated" | "logs">;

function comparedOf(view: ExecutionView): ExecutionDiffView["before"] {
  const { id, kind, name, version, status, reason, createdAt, startedAt, endedAt, error } = view;
  const ran = startedAt !== null && endedAt !== null;
  return {
    ...{ id, kind, name, version, status, reason, createdAt },
    durationMs: ran ? Date.parse(endedAt) - Date.parse(startedAt) : null,
    error: error === null ? null : { code: error.code, message: error.message },
  };
}

async function diffRuns(
  deps: Deps,
  by: Principal,
  [one, other]: readonly [ExecutionView, ExecutionView],
): Promise<Parts> {
  const { ports } = deps;
  const [before, after] = await Promise.all([
    readRun(ports, by.project, one.id),
    readRun(ports, by.project, other.id),
  ]);
  const truncated = !before.isWhole || !after.isWhole;
  const all = diffSteps(before.steps, after.steps);
  // What one of them lacks may be in what was not read.
  const isRead = (step: StepDiff) => step.before !== null && step.after !== null;
  const steps = truncated ? all.filter((step) => isRead(step) || !isInside(step.path)) : all;
  await addLogs(deps, steps);
  const definition =
    before.definition === null || after.definition === null
      ? []
      : diffDefinitions(before.definition, after.definition);
  return {
    definition: shortened(definition),
    inputs: shortened(diffValue(before.inputs, after.inputs, "")),
    output: shortened(diffValue(before.outputs, after.outputs, "")),
    steps: steps.map((step) => ({ ...step, isSame: isSameStep(step) })),
    ...{ logs: null, truncated },
  };
}

async function addLogs(deps: Deps, steps: readonly StepDiff[]): Promise<void> {
  const pairs = steps
    .flatMap(({ targets }) => targets)
    .filter(({ before, after }) => {
      const [left, right] = [before?.execution ?? null, after?.execution ?? null];
      return left !== null && right !== null && left !== right;
    });
  let next = 0;
  const work = async () => {
    for (let target = pairs[next++]; target !== undefined; target = pairs[next++]) {
      const [left, right] = [target.before?.execution ?? "", target.after?.execution ?? ""];
      target.logs =
        next > logsMost
          ? { added: 0, removed: 0, hunks: [], truncated: true }
          : await logsOf(deps, left, right);
    }
  };
  await Promise.all(Array.from({ length: logsAtOnce }, work));
}

async function logsOf(deps: Deps, before: string, after: string): Promise<LogDiffView> {
  return diffLogs(await readLog(deps, before), await readLog(deps, after));
}

async function readLog({ ports }: Deps, id: string): Promise<ReadLog> {
  const lines: string[] = [];
  for await (const some of storedLines(createExecutionStore(ports.database), ports, id, logStart)) {
    for (const { line } of some) {
      if (lines.length >= linesMost) return { lines, isWhole: false };
      lines.push(line.s === "stderr" ? `stderr: ${line.d}` : line.d);
    }
  }
  return { lines, isWhole: true };
}

async function diffCalls(
  deps: Deps,
  project: string,
  before: ExecutionView,
  after: ExecutionView,
): Promise<Parts> {
  const { ports } = deps;
  const inputOf = async ({ id, kind }: ExecutionView) =>
    kind === "function" ? shownInput(await readInput(ports, project, id)) : null;
  const outputOf = async ({ id, status, kind }: ExecutionView) => {
    // What answered nothing has no value, not even null.
    if (!isTerminal(status) || kind === "build") return undefined;
    if (kind === "function" && status !== "succeeded") return undefined;
    const { output, exitCode } = await outcomeOf(ports.database, project, id);
    // What a command wrote is in its log; a request has an answer in place of an exit code.
    return kind === "command" && exitCode !== undefined ? { exitCode } : output;
  };
  const inputs = diffValue(await inputOf(before), await inputOf(after), "");
  const output = diffValue(await outputOf(before), await outputOf(after), "");
  return {
    ...{ definition: [], inputs: shortened(inputs), output: shortened(output), steps: [] },
    ...{ logs: await logsOf(deps, before.id, after.id), truncated: false },
  };
}

const perCall = /^(host|content-length|date|traceparent|tracestate|x-request-id|idempotency-key)$/i;

function shownInput({ method, path, headers, body }: InputView): unknown {
  const text = body !== null && "text" in body ? body.text : null;
  return {
    ...{ method, path, headers: Object.fromEntries(headers.filter(([name]) => !perCall.test(name))) },
    body: text === null ? body : jsonOr(text),
  };
}

function jsonOr(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Text that is no JSON is compared as it is.
    return text;
  }
}
