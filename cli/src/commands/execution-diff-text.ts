import type { ExecutionDiffView, LogDiffView, StepDiffView } from "@pulse/schema/wire/execution-diff";
import type pc from "picocolors";
import type { Messages } from "../messages/en.ts";
import { fill } from "../messages/say.ts";

type Colours = ReturnType<typeof pc.createColors>;

interface Look {
  messages: Messages;
  colours: Colours;
  /** Whether steps that are the same are shown too. */
  all: boolean;
}

/** A comparison as text: what was goes before an arrow, what is behind it; of logs the lines that differ. */
export function diffText(diff: ExecutionDiffView, look: Look): string {
  const { messages, colours } = look;
  const { before, after, definition, inputs, output, logs, isSame } = diff;
  const lines = [
    headOf(messages.diffBefore, before, look),
    headOf(messages.diffAfter, after, look),
    ...part(
      messages.diffDefinition,
      definition.map((one) => changeText(one, colours)),
      colours,
    ),
    ...part(
      messages.diffInputs,
      inputs.map((one) => changeText(one, colours)),
      colours,
    ),
    ...part(messages.diffSteps, stepsText(diff, look), colours),
    ...part(
      messages.diffOutput,
      output.map((one) => changeText(one, colours)),
      colours,
    ),
    ...part(messages.diffLogs, logs === null ? [] : logText(logs, look), colours),
    "",
    isSame ? colours.green(messages.diffSame) : colours.yellow(messages.diffDiffer),
  ];
  return lines.join("\n");
}

function headOf(word: string, one: ExecutionDiffView["before"], { colours }: Look): string {
  const { id, name, version, status, durationMs, createdAt, error } = one;
  const named = version === null ? name : `${name}@${version}`;
  const head = `${word.padEnd(8)} ${id}  ${named}  ${status}  ${timeText(durationMs)}  ${createdAt}`;
  return error === null ? head : `${head}\n${" ".repeat(9)}${colours.dim(error.message)}`;
}

function part(title: string, lines: readonly string[], colours: Colours): string[] {
  return lines.length === 0 ? [] : ["", colours.bold(title), ...lines.map((line) => `  ${line}`)];
}

function timeText(ms: number | null): string {
  if (ms === null) return "–";
  return ms < 1000 ? `${ms} ms` : `${(ms / 1000).toFixed(1)} s`;
}

function valueText(value: unknown): string {
  return value === undefined ? "–" : JSON.stringify(value);
}

function changeText(
  { kind, pointer, before, after }: StepDiffView["output"][number],
  colours: Colours,
): string {
  const place = pointer === "" ? "/" : pointer;
  if (kind === "added") return colours.green(`+ ${place}  ${valueText(after)}`);
  if (kind === "removed") return colours.red(`- ${place}  ${valueText(before)}`);
  return `${colours.yellow("~")} ${place}  ${colours.red(valueText(before))} → ${colours.green(valueText(after))}`;
}

function stepsText({ steps, truncated }: ExecutionDiffView, look: Look): string[] {
  const { messages, colours, all } = look;
  const same = steps.filter(({ isSame }) => isSame).length;
  const shown = all ? steps : steps.filter(({ isSame }) => !isSame);
  const hidden = steps.length - shown.length;
  return [
    ...shown.flatMap((step) => stepText(step, look)),
    ...(hidden > 0 ? [colours.dim(`= ${fill(messages.diffSameSteps, { count: same })}`)] : []),
    ...(truncated ? [colours.dim(messages.diffCut)] : []),
  ];
}

function stepText(step: StepDiffView, look: Look): string[] {
  const { colours } = look;
  const { path, before, after, isSame, output, targets } = step;
  const mark = isSame ? colours.dim("=") : markOf(before, after, colours);
  const errors = before?.error === after?.error ? [] : errorsText(before?.error, after?.error, colours);
  return [
    `${mark} ${path}  ${sideText(before, look)} → ${sideText(after, look)}`,
    ...errors.map((line) => `    ${line}`),
    ...output.map((one) => `    ${changeText(one, colours)}`),
    ...targets.flatMap((target) => targetText(target, look).map((line) => `    ${line}`)),
  ];
}

function markOf(before: unknown, after: unknown, colours: Colours): string {
  if (before === null) return colours.green("+");
  return after === null ? colours.red("-") : colours.yellow("~");
}

function errorsText(before: string | null | undefined, after: string | null | undefined, colours: Colours) {
  return [
    ...(before == null ? [] : [colours.red(`- ${before}`)]),
    ...(after == null ? [] : [colours.green(`+ ${after}`)]),
  ];
}

function sideText(side: StepDiffView["before"], { messages, colours }: Look): string {
  if (side === null) return colours.dim(messages.diffNone);
  const { status, durationMs, attempt, reused } = side;
  const more = [timeText(durationMs), ...(attempt > 1 ? [`#${attempt}`] : [])];
  if (reused) more.push(messages.diffReused);
  return `${status} (${more.join(", ")})`;
}

/** A target that came to the same is not shown. */
function targetText({ runner, before, after, logs }: StepDiffView["targets"][number], look: Look): string[] {
  const { messages, colours } = look;
  const isSame = before?.status === after?.status && before?.exitCode === after?.exitCode;
  const lines = logs === null ? [] : logText(logs, look);
  if (isSame && lines.length === 0) return [];
  const sideOf = (side: typeof before) => {
    if (side === null) return colours.dim(messages.diffNone);
    const code = side.exitCode === null ? [] : [`exit ${side.exitCode}`];
    return `${side.status} (${[...code, timeText(side.durationMs)].join(", ")})`;
  };
  const name = runner === "" ? "" : `${runner}  `;
  return [`${name}${sideOf(before)} → ${sideOf(after)}`, ...lines.map((line) => `  ${line}`)];
}

function logText({ hunks, truncated }: LogDiffView, { messages, colours }: Look): string[] {
  const lines = hunks.flatMap(({ before, after, lines: all }) => [
    colours.cyan(`@@ ${before} → ${after}`),
    ...all.map(({ kind, text }) => {
      if (kind === "added") return colours.green(`+${text}`);
      return kind === "removed" ? colours.red(`-${text}`) : ` ${text}`;
    }),
  ]);
  return truncated ? [...lines, colours.dim(messages.diffCut)] : lines;
}
