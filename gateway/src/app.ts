import { Hono } from "hono";
import { lastBackup } from "./audit/last-backup.ts";
import { mountAudit } from "./audit/routes.ts";
import { entriesBySubject } from "./audit/told.ts";
import { may } from "./auth/may.ts";
import { mountAuth } from "./auth/routes.ts";
import { mountBackups } from "./backups/routes.ts";
import { mountBilling } from "./billing/routes.ts";
import { mountCommands } from "./commands/routes.ts";
import { mountCompat } from "./compat/routes.ts";
import { mountEmit } from "./emitted/routes.ts";
import { orGone } from "./events/follow.ts";
import { mountEvents } from "./events/routes.ts";
import { mountBulk } from "./executions/bulk/routes.ts";
import { mountCallbacks } from "./executions/callbacks/routes.ts";
import { lookAtCall, startDraftCall } from "./executions/draft-call.ts";
import { executionsById } from "./executions/read.ts";
import { mountExecutions } from "./executions/routes.ts";
import { mountDrafts } from "./functions/drafts/routes.ts";
import { mountFunctions } from "./functions/routes.ts";
import { mountSavedInputs } from "./functions/saved-inputs/routes.ts";
import { functionsByName } from "./functions/view.ts";
import { mountGraphql } from "./graphql/routes.ts";
import { mountHealth } from "./health/routes.ts";
import type { Deps, Principal, PulseApp, PulseEnv } from "./http/context.ts";
import { refusalOf, requestIdOf, safeHeaders } from "./http/front-door.ts";
import { methodsAt, nothingHere } from "./http/nothing-here.ts";
import { mountOperations } from "./http/operations.ts";
import { asProblem, problemResponse, traceIdOf } from "./http/problems.ts";
import { rawRequestOf } from "./http/raw-request.ts";
import { traceRequest } from "./http/trace-request.ts";
import { mountKv } from "./kv/routes.ts";
import { mountMcp } from "./mcp/routes.ts";
import { mountChannels } from "./notifications/routes.ts";
import { channelsById, messagesById } from "./notifications/view.ts";
import { mountObserve } from "./observe/routes.ts";
import { mountOverview } from "./overview/routes.ts";
import { mountReports } from "./reports/routes.ts";
import { mountRetention } from "./retention/routes.ts";
import { listRunners, runnersByName } from "./runners/control.ts";
import { mountRunnerControl } from "./runners/control-routes.ts";
import { mountRunnerProtocol } from "./runners/routes.ts";
import { mountRunnerUpgrades } from "./runners/upgrades/routes.ts";
import { mountSchedules } from "./schedules/routes.ts";
import { schedulesBySubject, ticksById } from "./schedules/view.ts";
import { mountSearch } from "./search/routes.ts";
import { sealedByKey } from "./secrets/rewrap.ts";
import { mountSecrets } from "./secrets/routes.ts";
import { mountSources } from "./sources/routes.ts";
import { mountStats } from "./stats/routes.ts";
import { mountUsage, noticesBySubject } from "./usage/routes.ts";
import { mountWebhooks } from "./webhooks/routes.ts";
import { deliveriesById, webhooksBySubject } from "./webhooks/view.ts";
import { mountWorkflowAliases } from "./workflows/aliases/routes.ts";
import { mountExecutionDiff } from "./workflows/diff/routes.ts";
import { mountWorkflowPlans } from "./workflows/plan-routes.ts";
import { mountPrompts } from "./workflows/prompt-routes.ts";
import { mountWorkflows } from "./workflows/routes.ts";
import { mountWorkflowRuns } from "./workflows/run-routes.ts";
import { workflowsByName } from "./workflows/view.ts";

const mayAdminister = (by: Principal) => may(by, "admin", { project: by.project }) === true;

/** The HTTP half of the gateway: stateless, the same on every platform. */
export function createApp(deps: Deps): PulseApp {
  const app: PulseApp = new Hono<PulseEnv>({ strict: true });

  app.use(async (c, next) => {
    const requestId = requestIdOf(c.req.raw, deps.ports.random);
    c.set("requestId", requestId);
    const refusal = refusalOf(c.req.raw, rawRequestOf(c.env));
    if (refusal === null) await traceRequest(deps.ports, c, next);
    else c.res = problemResponse(refusal, requestId);
    const isCall = c.req.path.startsWith("/f/");
    c.res.headers.set("x-request-id", requestId);
    // A page for people says itself what it may load.
    const isPage = c.req.path.startsWith("/answer/") || c.req.path === "/docs/graphql";
    if (isCall) return;
    for (const [name, value] of safeHeaders) {
      if (!isPage || !c.res.headers.has(name)) c.res.headers.set(name, value);
    }
  });
  app.onError((error, c) => {
    const requestId = c.get("requestId") ?? "";
    return problemResponse(asProblem(error, deps.ports.log, requestId, traceIdOf(c)), requestId);
  });
  app.notFound((c) => {
    const methods = methodsAt(app, c.req.path);
    const problem = nothingHere(methods, c.req.raw.method, c.req.path);
    const response = problemResponse(problem, c.get("requestId") ?? "");
    if (methods.length > 0) response.headers.set("allow", methods.join(", "));
    return response;
  });

  mountOperations(app, deps);
  mountObserve(app, deps, { lastBackup: ({ ports }) => lastBackup(ports.database) });
  mountHealth(app, deps, {
    runners: async (_, project) => (await listRunners(deps, project, { limit: 200 })).items,
    sealedByKey: ({ ports }) => sealedByKey(ports.database),
    lastBackup: ({ ports }) => lastBackup(ports.database),
  });
  mountBackups(app, deps, ({ ports }) => lastBackup(ports.database));
  mountAuth(app, deps);
  mountFunctions(app, deps);
  mountSavedInputs(app, deps);
  mountDrafts(app, deps, {
    start: (call, signal) => startDraftCall(deps, call, signal),
    look: (project, id, waitMs, signal) => lookAtCall(deps, project, id, waitMs, signal),
  });
  mountExecutions(app, deps);
  mountBulk(app, deps);
  mountCallbacks(app, deps);
  mountEvents(app, deps, {
    executions: (by, ids) => executionsById(deps, by, ids),
    functions: async ({ project }, names) => orGone(names, await functionsByName(deps, project, names)),
    quotas: async ({ project }, names) => orGone(names, await noticesBySubject(deps, project, names)),
    runners: async ({ project }, names) => orGone(names, await runnersByName(deps, project, names)),
    workflows: (by, names) => workflowsByName(deps, by, names),
    webhooks: (by, subjects) => webhooksBySubject(deps, by, subjects),
    deliveries: (by, ids) => deliveriesById(deps, by, ids),
    schedules: (by, subjects) => schedulesBySubject(deps, by, subjects),
    ticks: (by, ids) => ticksById(deps, by, ids),
    channels: async ({ project }, ids) => orGone(ids, await channelsById(deps, project, ids)),
    messages: (by, ids) => messagesById(deps, by, ids),
    settings: async (by, kinds) =>
      new Map(kinds.flatMap((of) => (of !== "users" || mayAdminister(by) ? [[of, of] as const] : []))),
    audit: async (by, seqs) =>
      mayAdminister(by) ? await entriesBySubject(deps, by.project, seqs) : new Map<string, never>(),
  });
  mountEmit(app, deps);
  mountStats(app, deps);
  mountOverview(app, deps);
  mountSearch(app, deps);
  mountRetention(app, deps);
  mountReports(app, deps);
  mountUsage(app, deps);
  mountBilling(app, deps);
  mountAudit(app, deps);
  mountSecrets(app, deps);
  mountKv(app, deps);
  mountWebhooks(app, deps);
  mountSchedules(app, deps);
  mountSources(app, deps);
  mountChannels(app, deps);
  mountWorkflows(app, deps);
  mountWorkflowAliases(app, deps);
  mountWorkflowPlans(app, deps);
  mountPrompts(app, deps);
  mountWorkflowRuns(app, deps);
  mountExecutionDiff(app, deps);
  mountCommands(app, deps);
  mountMcp(app, deps);
  mountRunnerProtocol(app, deps);
  mountRunnerControl(app, deps);
  mountRunnerUpgrades(app, deps);
  if (deps.config.isCompatible === true) mountCompat(app, deps);
  if (deps.config.hasGraphql === true) mountGraphql(app, deps);
  return app;
}
