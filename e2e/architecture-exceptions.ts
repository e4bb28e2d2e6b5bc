import { ofTriggers } from "./architecture-exceptions-triggers.ts";
import { ofWorkflows } from "./architecture-exceptions-workflows.ts";
import type { Exception } from "./architecture-rules.ts";

/** What other features import from each other, each with its reason. */
const ofOthers: readonly Exception[] = [
  {
    from: "gateway/src/overview",
    to: "gateway/src/workflows/seen-by.ts",
    because: "what a workflow hides is hidden wherever executions are counted",
  },
  {
    from: "gateway/src/search",
    to: "gateway/src/workflows/seen-by.ts",
    because: "what a workflow hides is hidden wherever executions are found",
  },
  {
    from: "gateway/src/search",
    to: "gateway/src/workflows/permissions.ts",
    because: "a workflow that may not be viewed is not found",
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
    from: "gateway/src/kv/from-job.ts",
    to: "gateway/src/dispatch/buckets.ts",
    because: "what functions ask of their keys is paced by the same buckets as calls",
  },
  {
    from: "gateway/src/kv/routes.ts",
    to: "gateway/src/functions/resolve.ts",
    because: "who may change a function may change what it keeps",
  },
  {
    from: "gateway/src/runners/routes.ts",
    to: "gateway/src/functions/resolve.ts",
    because: "ctx.invoke names a function as a caller does",
  },
  {
    from: "gateway/src/runners/upgrades/begin.ts",
    to: "gateway/src/workflows/outside/fleet.ts",
    because: "which runners are upgraded is said as a step says its targets",
  },
  {
    from: "gateway/src/runners/upgrades/move.ts",
    to: "gateway/src/audit/chain.ts",
    because: "an upgrade ends by itself, and the audit tells of it",
  },
  {
    from: "gateway/src/runners/upgrades/signing.ts",
    to: "gateway/src/secrets/vault.ts",
    because: "the key that signs archives of the runner is sealed as every secret is",
  },
  {
    from: "gateway/src/runners/token-key.ts",
    to: "gateway/src/secrets/own.ts",
    because: "what signs access tokens of runners is sealed as every secret is",
  },
  {
    from: "gateway/src/runners/with-secrets.ts",
    to: "gateway/src/secrets/hand-out.ts",
    because: "secrets are opened and sealed to a runner's key as its work leaves for it",
  },
  {
    from: "gateway/src/functions/aliases",
    to: "gateway/src/audit",
    because: "a split that ends by itself is in the audit in the same commit",
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
    from: "gateway/src",
    to: "gateway/src/outbound",
    because: "what is sent to a URL that a user gave leaves through the guard",
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
    from: "gateway/src/runners/routes.ts",
    to: "gateway/src/emitted/emitting-execution.ts",
    because: "what a job emits names its execution",
  },
];

/** Imports across features that are meant, each with its reason. */
export const exceptions: Exception[] = [...ofOthers, ...ofTriggers, ...ofWorkflows];
