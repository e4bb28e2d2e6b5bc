import { type PlannedStepView, planWorkflow, type RunPlanView } from "@pulse/schema/wire/workflow-plan";
import { parseYaml } from "@pulse/schema/workflow/yaml";
import type { Command } from "commander";
import { fill } from "../messages/say.ts";
import { run, type Session } from "../session.ts";
import { areInOrder, readDefinitions } from "./workflow-files.ts";
import { collectInput, type InputOptions, inputsFrom, isFile, splitRevision } from "./workflow-inputs.ts";

/** Adds `workflow plan`. */
export function addWorkflowPlan(group: Command): void {
  group
    .command("plan <workflow-or-file>")
    .description("what a run would do now: steps, targets and expressions; nothing is run")
    .option("-i, --input <key=value>", "an input (can be repeated)", collectInput, [])
    .option("--inputs-file <file>", "inputs as JSON or YAML; - is standard input")
    .action(
      run(async (session, command) => {
        const { client, signal, answer } = session;
        const what = command.args[0] ?? "";
        const options = command.opts<InputOptions>();
        const source = isFile(what) ? await definitionIn(session, what) : splitRevision(what);
        if (source === null) return;
        const inputs = await inputsFrom(session, source, options);
        const plan = await client.call(planWorkflow, { body: { ...source, inputs }, signal });
        answer(plan, () => planText(session, plan));
      }),
    );
}

async function definitionIn(session: Session, path: string) {
  const files = readDefinitions(session, [path]).slice(0, 1);
  const [first] = files;
  const [checked] = await areInOrder(session, files);
  if (first === undefined || checked?.view.valid !== true) {
    if (checked !== undefined) session.answer(checked.view, () => "");
    return null;
  }
  // What the gateway finds in order is an object.
  return { definition: parseYaml(first.text).value as Record<string, unknown> };
}

function planText(session: Session, plan: RunPlanView): string {
  const { messages, colours } = session;
  const inputs = Object.entries(plan.inputs).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  const head = inputs.length === 0 ? [] : [`${messages.wfInputs}: ${inputs.join(" ")}`];
  const warnings = plan.warnings.map(
    ({ pointer, message }) => `${colours.yellow(messages.wfWarning)} ${pointer || "/"}: ${message}`,
  );
  const steps = plan.steps.flatMap((step) => stepLines(session, step));
  return [...warnings, ...head, ...steps, ...(plan.isCut ? [messages.wfCut] : [])].join("\n");
}

function stepLines(session: Session, step: PlannedStepView): string[] {
  const { messages, colours } = session;
  const { name, type, runs, condition, does, texts, targets, items, depth, list } = step;
  const indent = "  ".repeat(depth);
  const mark = { yes: colours.green("●"), depends: colours.yellow("◌"), no: colours.dim("○") }[runs];
  const notes = [
    depth === 0 && list !== "steps" ? list : "",
    items === null ? "" : fill(messages.wfItems, { count: items }),
    runs === "no" ? messages.wfRunsNo : "",
    runs === "depends" && condition !== null && condition.dependsOn.length > 0
      ? fill(messages.wfRunsDepends, { what: condition.dependsOn.join(", ") })
      : "",
  ].filter((note) => note !== "");
  const head = `${indent}${mark} ${name} ${colours.dim(`(${type})`)}${notes.length === 0 ? "" : `  ${notes.join(" · ")}`}`;
  if (runs === "no") return [head];
  const lines = [
    condition === null ? "" : `if ${condition.text}`,
    does === null ? "" : foreseenText(does),
    ...texts.map((one) => `${one.pointer.split("/").slice(-2).join("/")}: ${foreseenText(one)}`),
    ...(targets === null ? [] : targetLines(session, targets)),
  ].filter((line) => line !== "");
  return [head, ...lines.flatMap((line) => line.split("\n").map((part) => `${indent}    ${part}`))];
}

function foreseenText({ value, text, problem }: NonNullable<PlannedStepView["does"]>): string {
  if (problem !== null) return `${text}  ✗ ${problem}`;
  if (value === undefined) return text;
  return typeof value === "string" ? value : JSON.stringify(value);
}

function targetLines(
  { messages, colours }: Session,
  targets: NonNullable<PlannedStepView["targets"]>,
): string[] {
  const { verdict, reason, runners, batches, leftOut, dependsOn } = targets;
  if (verdict === null) return [fill(messages.wfTargetsLater, { what: dependsOn.join(", ") })];
  const names = runners.map(({ name, reason: why }) => (why === null ? name : `${name} (${why})`)).join(", ");
  return [
    verdict === "fail" ? colours.red(fill(messages.wfTargetsFail, { reason: reason ?? "" })) : "",
    verdict === "skip" ? colours.yellow(fill(messages.wfTargetsSkip, { reason: reason ?? "" })) : "",
    names === "" ? "" : fill(messages.wfRunners, { names }),
    batches.length < 2
      ? ""
      : fill(messages.wfBatches, { batches: batches.map((one) => one.join(", ")).join(" | ") }),
    leftOut.length === 0
      ? ""
      : fill(messages.wfLeftOut, { names: leftOut.map((one) => `${one.name} (${one.because})`).join(", ") }),
  ];
}
