import type { CommandProgress, CommandView, OutputGroup } from "@pulse/schema/wire/commands";
import type pc from "picocolors";
import type { Messages } from "../messages/en.ts";
import { fill } from "../messages/say.ts";

type Colours = ReturnType<typeof pc.createColors>;

/** How far a command is, in one line. */
export function progressLine({ counts }: CommandProgress, colours: Colours, m: Messages): string {
  const { total, waiting, running, succeeded, failed, skipped } = counts;
  if (total === 0) return m.execLooking;
  const parts = [
    [waiting, m.execWaiting, colours.dim],
    [running, m.execRunning, colours.cyan],
    [succeeded, m.execSucceeded, colours.green],
    [failed, m.execFailed, colours.red],
    [skipped, m.execSkipped, colours.yellow],
  ] as const;
  const told = parts
    .filter(([count]) => count > 0)
    .map(([count, text, paint]) => paint(fill(text, { count })));
  return `${machinesText(total, m)}: ${told.join(", ")}`;
}

/** What a command came to: each output once, under the machines that gave it. */
export function resultText(view: CommandView, colours: Colours, m: Messages): string {
  const { error, results, groups } = view;
  if (results.length === 0) return `${colours.red("✗")} ${error?.message ?? view.status}`;
  const open = results.filter(({ runner }) => !groups.some(({ runners }) => runners.includes(runner)));
  const texts = groups.map((group) => groupText(group, colours, m));
  if (open.length > 0) {
    const names = open.map(({ runner }) => runner);
    texts.push(`${colours.dim("·")} ${machinesText(names.length, m)}: ${names.join(", ")} ${m.execNotRun}`);
  }
  return texts.join("\n");
}

function groupText(group: OutputGroup, colours: Colours, m: Messages): string {
  const { runners, status, exitCode, message, stdout, stderr, isTruncated } = group;
  const isGood = status === "succeeded";
  const mark = isGood ? colours.green("✓") : status === "skipped" ? colours.yellow("-") : colours.red("✗");
  const ends: Readonly<Record<string, string>> = {
    succeeded: m.execEndSucceeded,
    skipped: m.execEndSkipped,
    timed_out: m.execEndTimedOut,
    cancelled: m.execEndCancelled,
    lost: m.execEndLost,
  };
  const failed = exitCode === null ? m.execEndFailed : fill(m.execEndCode, { code: exitCode });
  const how = `${ends[status] ?? failed}${message === null ? "" : ` (${message})`}`;
  const paint = isGood ? colours.green : colours.red;
  const head = `${mark} ${machinesText(runners.length, m)}, ${paint(how)}: ${runners.join(", ")}`;
  const lines = [
    ...linesOf(stdout).map((line) => `  ${line}`),
    ...linesOf(stderr).map((line) => `  ${colours.dim("stderr │")} ${line}`),
    ...(isTruncated ? [`  ${colours.dim(m.execCut)}`] : []),
  ];
  return [head, ...lines].join("\n");
}

/** A number of machines in words. */
export function machinesText(count: number, m: Messages): string {
  return fill(count === 1 ? m.execOneMachine : m.execMachines, { count });
}

/** Lines without what would move the cursor or set colours. */
function linesOf(text: string): string[] {
  if (text === "") return [];
  const plain = text.replace(/\u001b\[[0-9;?]*[ -/]*[@-~]/g, "").replace(/\r\n/g, "\n");
  return plain
    .replace(/\n$/, "")
    .split("\n")
    .map((line) => line.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, ""));
}
