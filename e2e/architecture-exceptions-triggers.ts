import type { Exception } from "./architecture-rules.ts";

/** What starts work or tells of it (webhooks, schedules, events, notifications, agents) imports from other features, each with its reason. */
export const ofTriggers: readonly Exception[] = [
  {
    from: "gateway/src/sources",
    to: "gateway/src/functions/tar.ts",
    because: "the archive of a repository is a tar, and functions that are in it are deployed as one",
  },
  {
    from: "gateway/src/sources",
    to: "gateway/src/functions/read-tar.ts",
    because: "the archive of a repository is read by the reader of bundles, in parts",
  },
  {
    from: "gateway/src/sources",
    to: "gateway/src/functions/gunzip-parts.ts",
    because: "the archive of a repository is packed as bundles are",
  },
  {
    from: "gateway/src/sources",
    to: "gateway/src/workflows/define.ts",
    because: "a definition of a repository is read once, with the findings that saving it would have",
  },
  {
    from: "gateway/src/sources",
    to: "gateway/src/secrets/vault.ts",
    because:
      "the secret that pushes are signed with is sealed, and the token of a repository is a secret of the project",
  },
  {
    from: "gateway/src/sources",
    to: "gateway/src/limits/call-limits.ts",
    because: "pushes come without a key and are counted by source, badly signed ones by address",
  },
  {
    from: "gateway/src/sources",
    to: "gateway/src/webhooks/verify",
    because: "a push is signed as a delivery of the same provider is",
  },
  {
    from: "gateway/src/sources",
    to: "gateway/src/webhooks/payload.ts",
    because: "a push says in the same forms what it says as any delivery of the same provider",
  },
  {
    from: "gateway/src/webhooks",
    to: "gateway/src/workflows/seen-by.ts",
    because: "what starts a workflow that somebody may not view is not there for them",
  },
  {
    from: "gateway/src/schedules",
    to: "gateway/src/workflows/seen-by.ts",
    because: "what starts a workflow that somebody may not view is not there for them",
  },
  {
    from: "gateway/src/emitted",
    to: "gateway/src/workflows/seen-by.ts",
    because: "what an event started is told as far as whoever looks may view it",
  },
  {
    from: "gateway/src/usage",
    to: "gateway/src/workflows/seen-by.ts",
    because: "use is not told by workflows that somebody may not view",
  },
  {
    from: "gateway/src/stats",
    to: "gateway/src/workflows/seen-by.ts",
    because: "statistics tell nothing of runs that somebody may not view",
  },
  {
    from: "gateway/src/secrets",
    to: "gateway/src/workflows/seen-by.ts",
    because: "who is given a secret is told as far as whoever looks may view it",
  },
  {
    from: "gateway/src/stats",
    to: "gateway/src/usage/seen-groups.ts",
    because: "names are shown in statistics as in usage",
  },
  {
    from: "gateway/src/schedules",
    to: "gateway/src/executions/call-options.ts",
    because: "what is run now lies as deep as the call that asks for it",
  },
  {
    from: "gateway/src/mcp/call-tool.ts",
    to: "gateway/src/audit/witness.ts",
    because: "every call of a tool is in the audit, what only reads and what calls a function too",
  },
  {
    from: "gateway/src/mcp/function-tools.ts",
    to: "gateway/src/functions/exposed.ts",
    because: "functions are tools where their settings and their live version say so",
  },
  {
    from: "gateway/src/graphql/ask.ts",
    to: "gateway/src/mcp/api-request.ts",
    because: "the arguments of a field are those of a tool: one way from names to an endpoint's request",
  },
  {
    from: "gateway/src/graphql/fields.ts",
    to: "gateway/src/mcp/api-tools.ts",
    because: "what an endpoint takes as JSON is said in one place",
  },
  {
    from: "gateway/src/emitted/may-start.ts",
    to: "gateway/src/auth/may.ts",
    because: "whoever emits an event must be allowed what it starts, also when that starts later",
  },
  {
    from: "gateway/src/webhooks",
    to: "gateway/src/executions/invoke.ts",
    because: "a delivery starts a function by a call like any other",
  },
  {
    from: "gateway/src/webhooks",
    to: "gateway/src/executions/forwarded-headers.ts",
    because: "what a function may see of a request is said in one place",
  },
  {
    from: "gateway/src/webhooks",
    to: "gateway/src/functions/resolve.ts",
    because: "a webhook names a function as a caller does",
  },
  {
    from: "gateway/src/webhooks",
    to: "gateway/src/limits/call-limits.ts",
    because: "senders are held to a rate as callers are",
  },
  {
    from: "gateway/src/webhooks",
    to: "gateway/src/secrets/vault.ts",
    because: "the secrets of webhooks are sealed as all others",
  },
  {
    from: "gateway/src/webhooks",
    to: "gateway/src/workflows/permissions.ts",
    because: "a webhook starts no workflow that its maker may not run",
  },
  {
    from: "gateway/src/webhooks",
    to: "gateway/src/workflows/runs",
    because: "a delivery starts a workflow",
  },
  {
    from: "gateway/src/webhooks",
    to: "gateway/src/workflows/store.ts",
    because: "a webhook names a workflow",
  },
  {
    from: "gateway/src/notifications/deliver.ts",
    to: "gateway/src/executions/callbacks/schedule.ts",
    because: "what is not taken is tried again as callbacks are",
  },
  {
    from: "gateway/src/notifications",
    to: "gateway/src/workflows/seen-by.ts",
    because: "a message about a workflow is shown and sent to whom the workflow lets view it",
  },
  {
    from: "gateway/src/notifications/channel-secret.ts",
    to: "gateway/src/secrets/vault.ts",
    because: "addresses and tokens of channels are sealed as everything secret is",
  },
  {
    from: "gateway/src/notifications/sending.ts",
    to: "gateway/src/workflows",
    because: "a workflow tells a channel, which knows the run and the command by their types",
  },
  {
    from: "gateway/src/schedules",
    to: "gateway/src/workflows/runs",
    because: "a tick starts a workflow, and may stop the one before",
  },
  {
    from: "gateway/src/schedules/note-start.ts",
    to: "gateway/src/audit",
    because: "what a schedule starts is in the audit with the schedule as who did it",
  },
  {
    from: "gateway/src/schedules/routes.ts",
    to: "gateway/src/webhooks/may-start.ts",
    because: "nobody has a schedule start what they may not start, as with a webhook",
  },
  {
    from: "gateway/src/schedules/start-target.ts",
    to: "gateway/src/emitted/event-texts.ts",
    because: "inputs have templates as those of an event's trigger",
  },
  {
    from: "gateway/src/schedules/start-target.ts",
    to: "gateway/src/executions/invoke.ts",
    because: "a tick starts a function by a call like any other",
  },
  {
    from: "gateway/src/schedules/start-target.ts",
    to: "gateway/src/functions/resolve.ts",
    because: "a schedule names a function as a caller does",
  },
  {
    from: "gateway/src/schedules/start-target.ts",
    to: "gateway/src/usage/quota-book.ts",
    because: "a run that a tick starts is let in by the same quotas",
  },
  {
    from: "gateway/src/schedules/warm-ahead.ts",
    to: "gateway/src/functions/prewarm.ts",
    because: "a function is warm when its tick comes",
  },
  {
    from: "gateway/src/emitted",
    to: "gateway/src/workflows",
    because: "an event starts runs",
  },
  {
    from: "gateway/src/emitted",
    to: "gateway/src/executions",
    because: "an event calls functions, no deeper than calls may lie",
  },
  {
    from: "gateway/src/emitted",
    to: "gateway/src/functions/resolve.ts",
    because: "an event calls the live version of a function",
  },
  {
    from: "gateway/src/webhooks",
    to: "gateway/src/executions/call-options.ts",
    because: "what a delivery starts lies as deep as what sent it",
  },
  {
    from: "gateway/src/webhooks/may-start.ts",
    to: "gateway/src/workflows/aliases/revision-named.ts",
    because: "a target may name one revision, which has to be there",
  },
  {
    from: "gateway/src/workflows",
    to: "gateway/src/events/telling.ts",
    because: "what changes of a workflow is told in the batch of its change",
  },
  {
    from: "gateway/src/webhooks",
    to: "gateway/src/events/telling.ts",
    because: "what changes of a webhook or a delivery is told in the batch of its change",
  },
  {
    from: "gateway/src/schedules",
    to: "gateway/src/events/telling.ts",
    because: "what changes of a schedule or a tick is told in the batch of its change",
  },
  {
    from: "gateway/src/notifications",
    to: "gateway/src/events/telling.ts",
    because: "what changes of a channel or a message is told in the batch of its change",
  },
  {
    from: "gateway/src/webhooks/view.ts",
    to: "gateway/src/events/views-by-subject.ts",
    because: "who hears of what starts workflows, there or gone, is decided in one place",
  },
  {
    from: "gateway/src/schedules/view.ts",
    to: "gateway/src/events/views-by-subject.ts",
    because: "who hears of what starts workflows, there or gone, is decided in one place",
  },
  {
    from: "gateway/src/events/views-by-subject.ts",
    to: "gateway/src/workflows/names-seen.ts",
    because: "nobody hears of what started a workflow that they may not view",
  },
  {
    from: "gateway/src/events/views-by-subject.ts",
    to: "gateway/src/workflows/seen-by.ts",
    because: "nobody hears of what started a workflow that they may not view",
  },
  {
    from: "gateway/src/webhooks/trace-delivery.ts",
    to: "gateway/src/tracing/open-span.ts",
    because: "a try to start what a delivery is for is told of as a span",
  },
  {
    from: "gateway/src/schedules/trace-tick.ts",
    to: "gateway/src/tracing/open-span.ts",
    because: "a try to start what a tick is for is told of as a span",
  },
  {
    from: "gateway/src/notifications/trace-message.ts",
    to: "gateway/src/tracing/open-span.ts",
    because: "a try of a message is told of as a span",
  },
  {
    from: "gateway/src/executions/callbacks/trace-callback.ts",
    to: "gateway/src/tracing/open-span.ts",
    because: "a try of a callback is told of as a span",
  },
];
