import * as plans from "@pulse/schema/wire/plans";
import * as wire from "@pulse/schema/wire/usage";
import type { Command } from "commander";
import type { Messages } from "../messages/en.ts";
import { run } from "../session.ts";
import { table } from "../table.ts";
import { UsageError } from "../usage.ts";
import { quotasOf } from "./quota-option.ts";

/** Adds `usage`, `usage plan` and `usage set-plan`. */
export function addUsage(program: Command): void {
  const group = program
    .command("usage")
    .description("what the project used: executions, run time, GB-seconds, bytes")
    .option("--by <group>", "day, function or key", "day")
    .option("--since <time>", "RFC 3339; the beginning of the month unless given")
    .option("--until <time>", "RFC 3339; now unless given")
    .option("--csv", "as CSV")
    .action(
      run(async ({ client, answer, signal }, command) => {
        const { by, since, until, csv } = command.opts<{
          by: "day" | "function" | "key";
          since?: string;
          until?: string;
          csv?: boolean;
        }>();
        const query = {
          by,
          ...(since === undefined ? {} : { since }),
          ...(until === undefined ? {} : { until }),
        };
        if (csv === true) {
          const response = await client.open(wire.getUsage, { query: { ...query, format: "csv" }, signal });
          const text = await response.text();
          answer({ csv: text }, () => text.trimEnd().replaceAll("\r\n", "\n"));
          return;
        }
        const usage = await client.call(wire.getUsage, { query, signal });
        answer(usage, () => textOfUsage(usage));
      }),
    );
  group
    .command("plan")
    .description("the project's plan, and how much of each quota is used")
    .action(
      run(async ({ client, answer, messages, signal }) => {
        const plan = await client.call(plans.getPlan, { signal });
        answer(plan, () => textOfPlan(plan, messages));
      }),
    );
  group
    .command("set-plan <plan>")
    .description("set the project's plan: free, pro, custom, or none")
    .option(
      "--quota <name=most>",
      "of a custom plan, may be repeated: executions, runSeconds, gbSeconds, bytesOut, concurrentExecutions, functions, storageBytes",
      (one: string, all: string[]) => [...all, one],
      [],
    )
    .action(
      run(async ({ client, answer, messages, signal }, command) => {
        const { quota } = command.opts<{ quota: string[] }>();
        const name = command.args[0] ?? "";
        const plan = plans.planNames.find((one) => one === name) ?? null;
        if (plan === null && name !== "none") throw new UsageError(messages.badPlan);
        const quotas = plan === "custom" ? { quotas: quotasOf(quota, messages) } : {};
        const set = await client.call(plans.setPlan, { body: { plan, ...quotas }, signal });
        answer(set, () => textOfPlan(set, messages));
      }),
    );
}

const amountsOf = (row: wire.UsageView["total"]) => [
  String(row.executions),
  row.runSeconds.toFixed(1),
  row.gbSeconds.toFixed(1),
  sizeOf(row.bytesIn),
  sizeOf(row.bytesOut),
];

function textOfUsage({ by, items, total, storage }: wire.UsageView): string {
  const rows = [
    [by.toUpperCase(), "EXECUTIONS", "RUN S", "GB S", "IN", "OUT"],
    ...items.map((item) => [item.name ?? (item.group || "-"), ...amountsOf(item)]),
    ["total", ...amountsOf(total)],
  ];
  if (storage === null) return table(rows);
  const { bundleBytes, payloadBytes, logBytes } = storage;
  const stored = [
    ["STORED", "CODE", "PAYLOADS", "LOGS"],
    ["", sizeOf(bundleBytes), sizeOf(payloadBytes), sizeOf(logBytes)],
  ];
  return `${table(rows)}\n\n${table(stored)}`;
}

function textOfPlan({ plan, quotas }: plans.PlanView, messages: Messages): string {
  if (plan === null) return messages.noPlan;
  const rows = quotas.map(({ quota, used, most }) => [
    quota,
    quota.startsWith("bytes") || quota === "storageBytes" ? sizeOf(used) : String(Math.floor(used)),
    quota.startsWith("bytes") || quota === "storageBytes" ? sizeOf(most) : String(most),
    most === 0 ? "" : `${Math.floor((used * 100) / most)} %`,
  ]);
  return `${plan}\n${table([["QUOTA", "USED", "MOST", ""], ...rows])}`;
}

function sizeOf(bytes: number): string {
  return bytes < 2 ** 20 ? `${(bytes / 1024).toFixed(1)} KiB` : `${(bytes / 2 ** 20).toFixed(1)} MiB`;
}
