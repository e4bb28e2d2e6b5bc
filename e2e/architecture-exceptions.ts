import type { Exception } from "./architecture-rules.ts";

/** Imports across features that are meant, each with its reason. */
export const exceptions: Exception[] = [
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
    from: "gateway/src/http/create-once.ts",
    to: "gateway/src/secrets/envelope.ts",
    because: "an answer that is kept may show a secret, and is sealed",
  },
  {
    from: "gateway/src/http/bind.ts",
    to: "gateway/src/audit/witness.ts",
    because: "no endpoint can be bound without what it changes being in the audit",
  },
  {
    from: "gateway/src/executions",
    to: "gateway/src/functions/resolve.ts",
    because: "a call finds its version by name or alias",
  },
  {
    from: "gateway/src/executions",
    to: "gateway/src/auth/invoke-guard.ts",
    because: "a call is allowed by the endpoint of the function it names, which only the call path knows",
  },
  {
    from: "gateway/src/runners/routes.ts",
    to: "gateway/src/executions/invoke-child.ts",
    because: "ctx.invoke of a running job arrives on the runner's API and is a call like any other",
  },
  {
    from: "gateway/src/runners/routes.ts",
    to: "gateway/src/executions/kept-request.ts",
    because: "a runner reads the request body that the call stored",
  },
  {
    from: "gateway/src/runners/routes.ts",
    to: "gateway/src/functions/resolve.ts",
    because: "ctx.invoke names a function as a caller does",
  },
  {
    from: "gateway/src/runners/with-secrets.ts",
    to: "gateway/src/secrets/hand-out.ts",
    because: "secrets are opened and sealed to a runner's key as its work leaves for it",
  },
  {
    from: "gateway/src/functions",
    to: "gateway/src/secrets/named.ts",
    because: "a deploy names secrets that must be there, and what is kept warm holds one version of each",
  },
  {
    from: "gateway/src/executions/callbacks/secret.ts",
    to: "gateway/src/secrets/vault.ts",
    because: "what callbacks are signed with is sealed as everything secret is",
  },
  {
    from: "gateway/src/http/bind.ts",
    to: "gateway/src/auth/guard.ts",
    because: "every declared endpoint is bound behind the guard, in one place",
  },
  {
    from: "gateway/src/http/require-may.ts",
    to: "gateway/src/auth/may.ts",
    because: "every feature asks in one place whether somebody may do something",
  },
  {
    from: "gateway/src/http/bind.ts",
    to: "gateway/src/limits/call-limits.ts",
    because: "every declared endpoint counts for the rate of its caller, in one place",
  },
  {
    from: "gateway/src/executions/call-route.ts",
    to: "gateway/src/limits/call-limits.ts",
    because: "a call counts for the rate of its caller and of the function that it names",
  },
  {
    from: "gateway/src/executions/invoke.ts",
    to: "gateway/src/usage/quota-book.ts",
    because: "the quotas of the project's plan are kept before a call is accepted, wherever it comes from",
  },
  {
    from: "gateway/src/functions/deploy.ts",
    to: "gateway/src/usage/quota-book.ts",
    because: "the quotas of the project's plan are kept before a deploy is taken",
  },
  {
    from: "gateway/src/billing/routes.ts",
    to: "gateway/src/usage/quota-book.ts",
    because: "what a subscription changes of a plan counts at once",
  },
  {
    from: "gateway/src/limits/call-limits.ts",
    to: "gateway/src/dispatch/buckets.ts",
    because: "the limits that nobody set are counted by each HTTP half, in the same buckets as the hub has",
  },
  {
    from: "gateway/src/auth/factors/second-factor.ts",
    to: "gateway/src/secrets/vault.ts",
    because: "the secret of a second factor is sealed like any other of the gateway's own",
  },
  {
    from: "gateway/src/auth/factors/second-factor.ts",
    to: "gateway/src/secrets/store.ts",
    because: "and deleted with the factor",
  },
  {
    from: "gateway/src/auth/guard.ts",
    to: "gateway/src/runners/token.ts",
    because: "the guard recognises a runner's access token; runners/ makes it",
  },
  {
    from: "gateway/src/executions",
    to: "gateway/src/workflows/seen-by.ts",
    because: "what a workflow hides is hidden wherever executions are read",
  },
  {
    from: "gateway/src/executions/replay.ts",
    to: "gateway/src/workflows/rerun/rerun.ts",
    because: "an execution is run again by one call, and that of a workflow in part",
  },
  {
    from: "gateway/src/executions/replay.ts",
    to: "gateway/src/workflows/runs/run-log.ts",
    because: "and that of a workflow begins from the log of the one before",
  },
  {
    from: "gateway/src/workflows/diff/diff-executions.ts",
    to: "gateway/src/executions/read.ts",
    because: "two executions are compared whatever they ran",
  },
  {
    from: "gateway/src/workflows/diff/diff-executions.ts",
    to: "gateway/src/executions/input.ts",
    because: "and so are their inputs",
  },
  {
    from: "gateway/src/workflows/diff/diff-executions.ts",
    to: "gateway/src/executions/log-lines.ts",
    because: "and their logs",
  },
  {
    from: "gateway/src/workflows/diff/diff-executions.ts",
    to: "gateway/src/executions/store.ts",
    because: "which are read from where executions keep them",
  },
  {
    from: "gateway/src/workflows/run-routes.ts",
    to: "gateway/src/executions/call-options.ts",
    because: "a run is asked for with the headers of a call",
  },
  {
    from: "gateway/src/emitted/may-start.ts",
    to: "gateway/src/auth/may.ts",
    because: "whoever emits an event must be allowed what it starts, also when that starts later",
  },
  {
    from: "gateway/src/executions/cancel.ts",
    to: "gateway/src/workflows/runs/cancel-run.ts",
    because: "an execution is cancelled by one call, and that of a workflow by a word in its log",
  },
  {
    from: "gateway/src/executions/routes.ts",
    to: "gateway/src/workflows/runs/view.ts",
    because: "the execution of a workflow is shown with its steps and prompts",
  },
  {
    from: "gateway/src/commands",
    to: "gateway/src/workflows",
    because: "a direct command is a run of one step",
  },
  {
    from: "gateway/src/commands/routes.ts",
    to: "gateway/src/executions/call-options.ts",
    because: "a key for sending something again is read in one place",
  },
  {
    from: "gateway/src/workflows/answer-page",
    to: "gateway/src/auth",
    because: "the page of a prompt knows who looks at it, and signs people in",
  },
  {
    from: "gateway/src/workflows/outside",
    to: "gateway/src/executions/invoke.ts",
    because: "a function step is a call like any other",
  },
  {
    from: "gateway/src/workflows/outside",
    to: "gateway/src/executions/store.ts",
    because: "a step takes the response of the execution that it was",
  },
  {
    from: "gateway/src/workflows/outside",
    to: "gateway/src/commands/command-execution.ts",
    because: "a step on runners is a command like any other",
  },
  {
    from: "gateway/src/workflows/outside",
    to: "gateway/src/functions/resolve.ts",
    because: "a function step names a function as a caller does",
  },
  {
    from: "gateway/src/workflows/outside",
    to: "gateway/src/runners/store.ts",
    because: "targets are found among the runners",
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
    from: "gateway/src",
    to: "gateway/src/outbound",
    because: "what is sent to a URL that a user gave leaves through the guard",
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
    from: "gateway/src/workflows",
    to: "gateway/src/schedules/of-triggers.ts",
    because: "the schedules of a workflow are written with it",
  },
  {
    from: "gateway/src/workflows",
    to: "gateway/src/webhooks/of-triggers.ts",
    because: "the webhooks of a workflow are written with it",
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
    from: "gateway/src/runners/routes.ts",
    to: "gateway/src/emitted/emit.ts",
    because: "a job emits events",
  },
  {
    from: "gateway/src/runners/routes.ts",
    to: "gateway/src/executions/call-options.ts",
    because: "what a job emits lies as deep as what it calls",
  },
  {
    from: "gateway/src/workflows",
    to: "gateway/src/emitted",
    because: "who moves runs brings events to them, and starts what events start",
  },
  {
    from: "gateway/src/workflows/outside/http-step.ts",
    to: "gateway/src/secrets/vault.ts",
    because: "a secret stands in a header of a request that the gateway makes",
  },
  {
    from: "gateway/src/workflows",
    to: "gateway/src/usage/quota-book.ts",
    because: "runs and their steps are let in by quotas",
  },
  {
    from: "gateway/src/executions/may-execute.ts",
    to: "gateway/src/workflows",
    because: "a run is its workflow's, whose permissions say who may run it again",
  },
  {
    from: "gateway/src/executions/replay.ts",
    to: "gateway/src/workflows/runs/admit-run.ts",
    because: "a run that is run again is let in by quotas",
  },
  {
    from: "gateway/src/webhooks",
    to: "gateway/src/executions/call-options.ts",
    because: "what a delivery starts lies as deep as what sent it",
  },
  {
    from: "gateway/src/runners/routes.ts",
    to: "gateway/src/emitted/emitting-execution.ts",
    because: "what a job emits names its execution",
  },
];
