/**
 * End-to-end files that wait more than they compute, bind no time that a busy machine would break, and change nothing that is not theirs: two
 * of them run side by side. A file that is not here runs alone.
 */
export const sideBySide: readonly string[] = [
  "e2e/answer-page.test.ts",
  "e2e/architecture.test.ts",
  "e2e/attacks/front-door.test.ts",
  "e2e/attacks/json.test.ts",
  "e2e/attacks/keys-and-sessions.test.ts",
  "e2e/attacks/objects.test.ts",
  "e2e/attacks/oidc.test.ts",
  "e2e/attacks/parsers.test.ts",
  "e2e/attacks/people.test.ts",
  "e2e/attacks/runners.test.ts",
  "e2e/attacks/trusted-header.test.ts",
  "e2e/audit.test.ts",
  "e2e/backup.test.ts",
  "e2e/browser/executions.test.ts",
  "e2e/browser/fleet.test.ts",
  "e2e/browser/function-tools.test.ts",
  "e2e/browser/functions-draft.test.ts",
  "e2e/browser/functions-pages.test.ts",
  "e2e/browser/functions-versions.test.ts",
  "e2e/browser/functions.test.ts",
  "e2e/browser/getting-in.test.ts",
  "e2e/browser/harness.test.ts",
  "e2e/browser/merged-logs.test.ts",
  "e2e/browser/new-function.test.ts",
  "e2e/browser/pages.test.ts",
  "e2e/browser/payloads.test.ts",
  "e2e/browser/people.test.ts",
  "e2e/browser/provider.test.ts",
  "e2e/browser/runners.test.ts",
  "e2e/callbacks.test.ts",
  "e2e/channels.test.ts",
  "e2e/chaos.test.ts",
  "e2e/cli.test.ts",
  "e2e/daily-cli.test.ts",
  "e2e/direct-commands.test.ts",
  "e2e/docs-blocks.test.ts",
  "e2e/docs-transcripts.test.ts",
  "e2e/eviction.test.ts",
  "e2e/examples.test.ts",
  "e2e/images.test.ts",
  "e2e/install.test.ts",
  "e2e/main-job-workers.test.ts",
  "e2e/main-job.test.ts",
  "e2e/mcp.test.ts",
  "e2e/oidc.test.ts",
  "e2e/one-version-apart.test.ts",
  "e2e/people.test.ts",
  "e2e/runner-policy.test.ts",
  "e2e/schedules.test.ts",
  "e2e/secrets-canary.test.ts",
  "e2e/secrets-scan.test.ts",
  "e2e/secrets.test.ts",
  "e2e/standby.test.ts",
  "e2e/start.test.ts",
  "e2e/usage.test.ts",
  "e2e/webhooks.test.ts",
  "e2e/workers-bindings.test.ts",
  "e2e/workers-dashboard.test.ts",
  "e2e/workers-database.test.ts",
  "e2e/workers-dev.test.ts",
  "e2e/workers-first-call.test.ts",
  "e2e/workers-migrate.test.ts",
  "e2e/workers-pools.test.ts",
  "e2e/workflow-cli.test.ts",
  "e2e/workflows-on-both.test.ts",
  "e2e/workflows-standby.test.ts",
  "e2e/writing-workflows.test.ts",
];

/** Unit files that bind times which a busy machine would break, or look at what the whole engine has: each runs alone, the others two side by side. */
export const aloneUnits: readonly string[] = [
  "gateway/src/auth/timing.test.ts",
  "gateway/src/http/by-name.test.ts",
  "gateway/src/platform/node/steady-client.test.ts",
  "runner/src/masking/masker.test.ts",
  "runner/src/pauses.test.ts",
  "runner/src/renewal/*.test.ts",
  "runner/src/run-job.test.ts",
  "runner/src/sandbox/*.test.ts",
  "runner/src/sandbox/custom/*.test.ts",
  "runner/src/sandbox/egress/*.test.ts",
  "runner/src/sandbox/pool/*.test.ts",
  "runner/src/shell/*.test.ts",
  "runtimes/*.test.ts",
];

/** Which files a run does, and how many at once. */
export interface Lane {
  include: string[];
  exclude: string[];
  atOnce: number;
}

/** Chromium breaks off what is under way when a container's network comes or goes: no file that starts containers runs beside a browser. */
const isInBrowser = (file: string) => file.startsWith("e2e/browser/");

/** The lane of this name among the end-to-end files; without one, every file alone. */
export function laneOf(name: string | undefined): Lane {
  const all = ["e2e/**/*.test.ts"];
  const pairs = (which: (file: string) => boolean): Lane => {
    return { include: sideBySide.filter(which), exclude: [], atOnce: 2 };
  };
  if (name === undefined) return { include: all, exclude: [], atOnce: 1 };
  if (name === "side by side") return pairs((file) => !isInBrowser(file));
  if (name === "browsers side by side") return pairs(isInBrowser);
  if (name === "alone") return { include: all, exclude: [...sideBySide], atOnce: 1 };
  throw new Error(`there is no lane of end-to-end files called ${name}`);
}

/** The lane of this name among the unit files in these folders; without one, all of them. */
export function unitLaneOf(name: string | undefined, folders: readonly string[]): Lane {
  const all = folders.map((folder) => `${folder}/**/*.test.ts`);
  if (name === undefined) return { include: all, exclude: [], atOnce: 1 };
  if (name === "side by side") return { include: all, exclude: [...aloneUnits], atOnce: 2 };
  if (name === "alone") return { include: [...aloneUnits], exclude: [], atOnce: 1 };
  throw new Error(`there is no lane of unit files called ${name}`);
}
