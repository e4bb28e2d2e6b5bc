import { hasTemplate } from "@pulse/schema/expression/parse-template";
import type { ExecuteStep, FunctionStep, HttpStep } from "@pulse/schema/workflow/plan";
import { foreignShell, foreignShellText } from "@pulse/schema/workflow/shell-rules";
import type { HttpRequest, Job } from "./commands.ts";
import type { Asker } from "./names.ts";
import {
  renderObject,
  renderOptional,
  renderSealed,
  renderString,
  renderTimespan,
  renderValue,
  TextProblem,
} from "./render.ts";
import type { StepState } from "./state.ts";
import type { Turn } from "./turn.ts";

type Worker = ExecuteStep | FunctionStep | HttpStep;

function jobBase(turn: Turn, asker: Asker, planned: Worker) {
  const { timeout, delivery, onLost, secrets } = planned;
  // A request has no variables, and those of `defaults` are not for it.
  const env = planned.type === "http" ? {} : planned.env;
  return {
    timeoutMs: timeout === null ? null : renderTimespan(turn, asker, timeout),
    ...{ delivery, onLost, secrets, env: renderSealed(turn, asker, env, secrets) },
  };
}

/** Whether the texts of a step may ask for the target they run on, so that each needs a job of its own. */
export function isPerTarget(planned: ExecuteStep | HttpStep): boolean {
  const {
    targets: _targets,
    onFailure: _onFailure,
    rollback: _rollback,
    outputs: _outputs,
    ...texts
  } = planned;
  return /\$\{\{[^}]*\btarget\b/.test(JSON.stringify(texts));
}

/** The job of a step for its targets, or for the one that is named; throws a TextProblem. */
export function jobFor(
  turn: Turn,
  step: StepState,
  planned: ExecuteStep | HttpStep,
  target?: { id: string; name: string },
): Job {
  const asker: Asker = {
    frame: turn.frameOf(step),
    step,
    ...(target === undefined ? {} : { target: { id: target.id, name: target.name } }),
  };
  const base = jobBase(turn, asker, planned);
  if (planned.type === "http") return { ...base, kind: "http", request: requestOf(turn, asker, planned) };
  const { command, script, commandRef, args, image, shell, cwd, user, successCodes } = planned;
  const optional = (text: string | null) => renderOptional(turn, asker, text);
  const hasTemplates = hasTemplate(command ?? "") || hasTemplate(script ?? "");
  const foreign = hasTemplates ? foreignShell({ command, script }, optional(shell)) : null;
  if (foreign !== null) throw new TextProblem("foreign_shell", foreignShellText(foreign));
  return {
    ...{ ...base, kind: "command", commandRef, successCodes },
    command: command === null ? null : renderString(turn, asker, command, "command"),
    script: script === null ? null : renderString(turn, asker, script, "command"),
    args: renderObject(turn, asker, args),
    ...{ image: optional(image), shell: optional(shell), cwd: optional(cwd), user: optional(user) },
  };
}

/** The request of an `http` step; throws a TextProblem. */
export function requestOf(turn: Turn, asker: Asker, planned: HttpStep): HttpRequest {
  return {
    method: renderString(turn, asker, planned.method),
    url: renderString(turn, asker, planned.url),
    headers: renderSealed(turn, asker, planned.headers, planned.secrets),
    body: planned.body === undefined ? null : renderValue(turn, asker, planned.body),
  };
}

/** Asks for a function to be run, on any runner of its pool. */
export function startFunction(turn: Turn, step: StepState, planned: FunctionStep): void {
  const asker = { frame: turn.frameOf(step), step };
  const name = renderString(turn, asker, planned.function);
  const input = renderValue(turn, asker, planned.input);
  const job: Job = {
    ...jobBase(turn, asker, planned),
    kind: "function",
    function: name,
    input,
    async: planned.async,
  };
  const target = { id: "", name: "" };
  const key = `${step.path}#${step.attempt}`;
  const started = { status: "submitted", executionId: null, key, touched: true } as const;
  step.targets = { "": { ...target, ...started, reason: null, outcome: null } };
  turn.ask({ type: "submitTargets", key, step: step.path, attempt: step.attempt, targets: [target], job });
}
