import type { Exception } from "./architecture-rules.ts";

/** What workflows import from other features, each with its reason. */
export const ofWorkflows: readonly Exception[] = [
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
    from: "gateway/src/workflows/run-routes.ts",
    to: "gateway/src/executions/start-after.ts",
    because: "a run starts later with the same headers as a call",
  },
  {
    from: "gateway/src/workflows/routes.ts",
    to: "gateway/src/executions/call-options.ts",
    because: "the schedules of a saved workflow lie as deep as the call that saved it",
  },
  {
    from: "gateway/src/workflows/may-call.ts",
    to: "gateway/src/auth/named.ts",
    because: "who wrote a call is asked again when what it calls was made later",
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
    from: "gateway/src/workflows/routes.ts",
    to: "gateway/src/stats/last-runs.ts",
    because: "the list of workflows has the newest run of each",
  },
];
