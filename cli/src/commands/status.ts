import { type FirstStep, firstSteps } from "@pulse/schema/overview";
import { listExecutions } from "@pulse/schema/wire/executions";
import { getOverview, type Overview } from "@pulse/schema/wire/overview";
import { listPrompts } from "@pulse/schema/wire/prompts";
import { listRunners } from "@pulse/schema/wire/runners";
import { listSchedules } from "@pulse/schema/wire/schedules";
import type { Command } from "commander";
import type { Messages } from "../messages/en.ts";
import { fill } from "../messages/say.ts";
import { run } from "../session.ts";

const rowsMost = 200;
const failures = ["failed", "timed_out", "dead", "lost"] as const;
const stepTexts = {
  runner: "statusStepRunner",
  function: "statusStepFunction",
  call: "statusStepCall",
  trigger: "statusStepTrigger",
} as const satisfies Record<FirstStep, keyof Messages>;

/** Adds `status`: what the first page of the dashboard shows. */
export function addStatus(program: Command): void {
  program
    .command("status")
    .description("the project at a glance: what runs, what failed last, what comes next")
    .action(
      run(async ({ client, answer, messages, signal }) => {
        const query = { limit: rowsMost };
        const [overview, runners, prompts, failed, schedules] = await Promise.all([
          client.call(getOverview, { query: {}, signal }),
          client.call(listRunners, { query, signal }),
          client.call(listPrompts, { query, signal }),
          client.call(listExecutions, { query: { status: [...failures], limit: 1 }, signal }),
          client.call(listSchedules, { query, signal }),
        ]);
        const online = runners.items.filter(({ status }) => status === "online").length;
        const next = schedules.items
          .flatMap(({ name, nextAt }) => (nextAt === null ? [] : [{ name, at: nextAt }]))
          .sort((one, other) => (one.at < other.at ? -1 : 1))[0];
        const last = failed.items[0];
        const found = {
          ...overview,
          runners: { online, all: countOf(runners) },
          prompts: countOf(prompts),
          lastFailed: last ?? null,
          next: next ?? null,
        };
        answer(found, () =>
          [
            ...linesOf(overview, messages),
            fill(messages.statusRunners, found.runners),
            fill(messages.statusPrompts, { count: found.prompts }),
            next === undefined ? messages.statusNoNext : fill(messages.statusNext, next),
            ...(last === undefined
              ? []
              : [fill(messages.statusLastFailed, { name: last.name, at: last.createdAt, id: last.id })]),
            ...firstSteps
              .filter((step) => !overview.firstSteps[step])
              .map((step) => fill(messages.statusStep, { step: messages[stepTexts[step]] })),
          ].join("\n"),
        );
      }),
    );
}

/** How many a list has, as far as one page tells: `200+`. */
const countOf = ({ items, nextCursor }: { items: readonly unknown[]; nextCursor: string | null }) =>
  nextCursor === null ? items.length : `${items.length}+`;

function linesOf({ live, made }: Overview, messages: Messages): string[] {
  const sum = (counts: number[] = []) => counts.reduce((all, one) => all + one, 0);
  const all = Object.values(made).reduce((total, counts) => total + sum(counts), 0);
  return [
    fill(messages.statusNow, {
      running: live.running + live.offered,
      waiting: live.waiting,
      queued: live.queued + live.scheduled,
    }),
    fill(messages.statusDay, {
      made: all,
      succeeded: sum(made.succeeded),
      failed: failures.reduce((total, status) => total + sum(made[status]), 0),
    }),
  ];
}
