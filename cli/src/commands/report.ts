import { pipeline } from "node:stream/promises";
import { getReport, type ReportKind, reportKind } from "@pulse/schema/wire/reports";
import type { Command } from "commander";
import type { GlobalFlags } from "../global-flags.ts";
import { run } from "../session.ts";
import { timeOf } from "../time-of.ts";
import { UsageError } from "../usage.ts";

const about: Record<ReportKind, string> = {
  runs: "who ran what, where",
  approvals: "who was asked and who decided what",
  access: "what changed in who may do what",
  retention: "what was decided about keeping, forgotten, handed over and erased",
};

/** Adds `report runs|approvals|access|retention`. */
export function addReport(program: Command): void {
  const group = program.command("report").description("reports over a period, for those who check");
  for (const kind of reportKind.options) {
    group
      .command(kind)
      .description(about[kind])
      .option("--since <time>", "from then on, RFC 3339 or how long ago, such as 2h")
      .option("--until <time>", "before then")
      .option("--csv", "as CSV, which it is unless --html or --json is given")
      .option("--html", "as a page to print")
      .action(
        run(async ({ client, messages, note, signal }, command) => {
          const { since, until, csv, html, json } = command.optsWithGlobals<
            GlobalFlags & { since?: string; until?: string; csv?: true; html?: true }
          >();
          if ([csv, html, json].filter((one) => one === true).length > 1)
            throw new UsageError(messages.reportOneForm);
          const period = {
            ...(since === undefined ? {} : { since: timeOf(since, messages) }),
            ...(until === undefined ? {} : { until: timeOf(until, messages) }),
          };
          const format = html === true ? "html" : json === true ? "ndjson" : "csv";
          const query = { ...period, format } as const;
          const response = await client.open(getReport, { params: { kind }, query, signal });
          const from = response.headers.get("pulse-complete-since");
          const asked = period.since ?? new Date(Date.now() - 30 * 86_400_000).toISOString();
          if (from !== null && from > asked) note("reportGap", { at: from });
          if (response.body !== null) await pipeline(response.body, process.stdout, { end: false });
        }),
      );
  }
}
