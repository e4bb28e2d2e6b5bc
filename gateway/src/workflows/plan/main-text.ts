import type { TemplateMode } from "@pulse/schema/expression/parse-template";
import type { PlannedStep, Timespan } from "@pulse/schema/workflow/plan";

/** The text that says what a step does, where it stands in the step, and how its templates are filled in. */
export interface MainText {
  field: string;
  text: string;
  mode: TemplateMode;
}

/** The main text of a step; null for one that only holds others. */
export function mainTextOf(step: PlannedStep): MainText | null {
  switch (step.type) {
    case "execute":
      if (step.command !== null) return { field: "command", text: step.command, mode: "command" };
      if (step.script !== null) return { field: "script", text: step.script, mode: "command" };
      return plain("commandRef", step.commandRef ?? "");
    case "prompt":
      return plain("message", step.message);
    case "wait":
      return waitText(step.wait);
    case "function":
      return plain("function", step.function);
    case "workflow":
      return plain("workflow", step.workflow);
    case "http":
      return plain("url", `${step.method} ${step.url}`);
    case "notify":
      return plain("message", `${step.channel}: ${step.message}`);
    case "stop":
      return plain("status", step.message === null ? step.status : `${step.status}: ${step.message}`);
    default:
      return null;
  }
}

function plain(field: string, text: string): MainText {
  return { field, text, mode: "text" };
}

function waitText(wait: Extract<PlannedStep, { type: "wait" }>["wait"]): MainText {
  if (wait.for === "duration") return plain("duration", spanText(wait.duration));
  return wait.for === "time" ? plain("until", wait.until) : plain("event", wait.name);
}

function spanText(span: Timespan): string {
  return typeof span === "number" ? `${span} ms` : span.template;
}
