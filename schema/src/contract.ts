import * as z from "zod";
import type { Endpoint } from "./endpoint.ts";
import * as audit from "./wire/audit.ts";
import * as auth from "./wire/auth.ts";
import * as backups from "./wire/backups.ts";
import * as billing from "./wire/billing.ts";
import * as bulk from "./wire/bulk.ts";
import * as callbacks from "./wire/callbacks.ts";
import * as channelMessages from "./wire/channel-messages.ts";
import * as channelRules from "./wire/channel-rules.ts";
import * as channels from "./wire/channels.ts";
import * as commands from "./wire/commands.ts";
import * as deliveries from "./wire/deliveries.ts";
import * as device from "./wire/device.ts";
import * as drafts from "./wire/drafts.ts";
import * as emit from "./wire/emit.ts";
import * as emittedEvents from "./wire/emitted-events.ts";
import * as events from "./wire/events.ts";
import * as executionCounts from "./wire/execution-counts.ts";
import * as executionDiff from "./wire/execution-diff.ts";
import * as executionTimings from "./wire/execution-timings.ts";
import * as executions from "./wire/executions.ts";
import * as functionAliases from "./wire/function-aliases.ts";
import * as functions from "./wire/functions.ts";
import * as kv from "./wire/kv.ts";
import * as logLines from "./wire/log-lines.ts";
import * as mcp from "./wire/mcp.ts";
import * as observe from "./wire/observe.ts";
import * as operations from "./wire/operations.ts";
import * as overview from "./wire/overview.ts";
import * as people from "./wire/people.ts";
import * as plans from "./wire/plans.ts";
import * as projects from "./wire/projects.ts";
import * as prompts from "./wire/prompts.ts";
import * as reports from "./wire/reports.ts";
import * as retention from "./wire/retention.ts";
import * as runnerProtocol from "./wire/runner-protocol.ts";
import * as runnerUpgrades from "./wire/runner-upgrades.ts";
import * as runners from "./wire/runners.ts";
import * as savedInputs from "./wire/saved-inputs.ts";
import * as schedules from "./wire/schedules.ts";
import * as search from "./wire/search.ts";
import * as secrets from "./wire/secrets.ts";
import * as signIn from "./wire/sign-in.ts";
import * as sources from "./wire/sources.ts";
import * as stats from "./wire/stats.ts";
import * as usage from "./wire/usage.ts";
import * as webhooks from "./wire/webhooks.ts";
import * as workflowAliases from "./wire/workflow-aliases.ts";
import * as workflowPlan from "./wire/workflow-plan.ts";
import * as workflowRuns from "./wire/workflow-runs.ts";
import * as workflows from "./wire/workflows.ts";

function isEndpoint(value: unknown): value is Endpoint {
  return (
    typeof value === "object" && value !== null && "method" in value && "path" in value && "scope" in value
  );
}

const files = Object.entries<Record<string, unknown>>({
  audit,
  auth,
  backups,
  billing,
  bulk,
  callbacks,
  channelMessages,
  channelRules,
  channels,
  commands,
  deliveries,
  device,
  drafts,
  emit,
  emittedEvents,
  events,
  executionCounts,
  executionDiff,
  executionTimings,
  executions,
  functionAliases,
  functions,
  kv,
  logLines,
  mcp,
  observe,
  operations,
  overview,
  people,
  projects,
  prompts,
  plans,
  reports,
  retention,
  runnerProtocol,
  runnerUpgrades,
  runners,
  savedInputs,
  schedules,
  search,
  secrets,
  signIn,
  sources,
  stats,
  usage,
  webhooks,
  workflowAliases,
  workflowPlan,
  workflowRuns,
  workflows,
});

/** Every declared endpoint by the name of its export, prefixed by its file's noun where two would collide. */
export const contract: ReadonlyMap<string, Endpoint> = new Map(
  files.flatMap(([group, file]) =>
    Object.entries(file)
      .filter((entry): entry is [string, Endpoint] => isEndpoint(entry[1]))
      .map(([name, declared]) => [`${group}.${name}`, declared] as const),
  ),
);

/** The schemas that the files of the contract export, each with the name of its export; where two files use a name, the second has its file's noun before it. */
export function namedSchemas(): ReadonlyMap<z.ZodType, string> {
  const names = new Map<z.ZodType, string>();
  const taken = new Set<string>();
  for (const [group, file] of files) {
    for (const [name, schema] of Object.entries(file)) {
      if (!(schema instanceof z.ZodType) || names.has(schema)) continue;
      const own = taken.has(name) ? `${group}${name.charAt(0).toUpperCase()}${name.slice(1)}` : name;
      taken.add(own);
      names.set(schema, own);
    }
  }
  return names;
}
