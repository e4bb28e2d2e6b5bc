import { credentialKinds, type Decision, decisions, pathShapes } from "@pulse/gateway/auth/authorisation";
import { compatNeeds, graphqlNeeds, type Need, routeNeeds } from "@pulse/gateway/auth/route-needs";

import { answerOf } from "@pulse/gateway/executions/outcome-response";
import { type ProblemCode, problemCodes } from "@pulse/schema/problem";
import { problemAdvice } from "@pulse/schema/problem-advice";
import { type ExecutionStatus, executionStatuses, isTerminal, reasons } from "@pulse/schema/status";
import { transitions } from "@pulse/schema/transitions";
import { endpointsPage } from "./endpoints-page.ts";
import { table } from "./markdown-table.ts";
import { troubleshootingPages } from "./troubleshooting-pages.ts";

/** A page of `docs/` that is made from the code. */
export interface Page {
  /** From the root of the repository. */
  path: string;
  text: string;
}

const needs: Record<Need, string> = {
  public: "nothing",
  "sign-in":
    "nothing; the body carries a key, a password or a set-up token, and a page of another origin may not send it",
  enrolment: "nothing; the body carries the proof: an enrolment token, or an assertion signed by the runner",
  session: "any good key, or a browser session",
  "own keys":
    "any good key, or a browser session, for its own keys; the scope `admin` for all of the project",
  key: "any good key, sent as a key: never a browser session",
  read: "the scope `read`",
  execute: "the scope `execute`",
  deploy: "the scope `deploy`",
  admin: "the scope `admin`",
  gateway: "the scope `gateway`, which admins of every project have",
  metrics: "the scope `gateway`, or the token of `PULSE_METRICS_TOKEN`",
  runner: "a runner's access token",
  function: "`invoke:<name>`, `invoke:*`, `execute` or `admin`; nothing when the function is public",
  "public function": "nothing; a key that is sent must be good",
};

/** Every page that is made from the code. */
export function referencePages(): Page[] {
  return [
    { path: "docs/authorisation.md", text: authorisationPage() },
    { path: "docs/endpoints.md", text: endpointsPage() },
    { path: "docs/problems.md", text: problemsPage() },
    { path: "docs/states.md", text: statesPage() },
    ...troubleshootingPages(),
  ];
}

function shown(decision: Decision): string {
  if (typeof decision !== "string") return `${shown(decision.safe)}; changes: ${shown(decision.unsafe)}`;
  return decision === "allow" ? "✓" : `\`${decision}\``;
}

const generated = "Made from the code by `pnpm run reference`; a test fails when it is stale.";

function authorisationPage(): string {
  const columns = Object.keys(needs) as Need[];
  const matrix = credentialKinds.map((kind) => [
    kind,
    ...columns.map((need) => shown(decisions[kind][need])),
  ]);
  const rowsOf = (asked: Readonly<Record<string, Need>>) =>
    Object.entries(asked).map(([route, need]) => [`\`${route}\``, needs[need]]);
  const routes = rowsOf(routeNeeds);
  const answers = {
    nothing: "`not_found`",
    malformed: "`bad_request`",
    same: "exactly what the plain path answers",
  };
  const shapes = Object.entries(pathShapes).map(([name, shape]) => [
    name,
    `\`${shape.write("/v1/keys")}\``,
    answers[shape.answers],
  ]);
  return `# Authorisation

${generated}

Every route asks for one thing. A route without a row here does not exist: the test that walks every route with every credential and
every way to write its path fails.

${table(["Route", "Asks for"], routes)}

While \`PULSE_COMPAT\` is \`on\` ([migrating.md](migrating.md#the-endpoints-that-your-scripts-call)) these too:

${table(["Route", "Asks for"], rowsOf(compatNeeds))}

While \`PULSE_GRAPHQL\` is \`on\` ([graphql.md](graphql.md)) these too; each field of a document asks for what its endpoint asks for:

${table(["Route", "Asks for"], rowsOf(graphqlNeeds))}

## Who is let in

✓ is let in; anything else is the \`code\` of the problem that the caller gets ([problems.md](problems.md)). A method that a path does
not take is \`method_not_allowed\` with \`Allow\`, whoever asks. \`HEAD\` asks for what \`GET\` asks for.

${table(["Sent", ...columns], matrix)}

- \`admin\` is the only scope that implies others.
- Whoever may not call a function is told that it does not exist.
- The session cookie never counts under \`/f/\`, at \`/mcp\`, nor on the runner protocol. On the control API it counts for methods that change something
  only when \`Origin\` is exactly ours.
- A runner's credential opens the runner protocol and nothing else; no other credential opens that.
- A credential sees only its own project: a key of another project is let in, and finds nothing of this one.

## Other ways to write a path

${table(["Written with", "Such as", "Answers"], shapes)}
`;
}

function problemsPage(): string {
  const rows = Object.entries(problemCodes).map(([code, [status]]) => {
    // The keys of the table are the codes.
    const [when, whatToDo] = problemAdvice[code as ProblemCode];
    return [`\`${code}\``, String(status), when, whatToDo];
  });
  return `# Problems

${generated}

Every answer that is not a success of the gateway's own is an \`application/problem+json\` document (RFC 9457):

\`\`\`json
{
  "type": "urn:pulse:problem:not_found",
  "title": "${problemCodes.not_found[1]}",
  "status": 404,
  "detail": "there is no function \\"resize\\"",
  "code": "not_found",
  "requestId": "9f86d081884c7d65"
}
\`\`\`

\`code\` is stable: write programs against it. \`detail\` says what was wrong and what was seen, \`hint\` what to do, \`errors[]\` names invalid
fields by JSON Pointer, and \`requestId\` is in the gateway's log. Under \`/f/\` the header \`Pulse-Error-Source\` says whether the function
or the platform failed.

${table(["Code", "Status", "When", "What to do"], rows)}
`;
}

const stateNotes: Record<ExecutionStatus, string> = {
  scheduled: "a workflow's run that was put off: it begins at its time",
  queued: "waits for a runner",
  offered: "held out to a runner, which has seconds to acknowledge it",
  running: "a runner has it, under a lease",
  waiting: "a workflow that only waits for a person or a time",
  succeeded: "it did what it should",
  failed: "the code failed, or it could not be run",
  timed_out: "it ran longer than its timeout",
  cancelled: "somebody stopped it",
  lost: "its runner vanished, and nobody knows whether it ran",
  dead: "asynchronous work that was given up; it can be replayed",
  superseded: "a newer execution took its place before it started",
};

function statesPage(): string {
  const states = executionStatuses.map((status) => [
    `\`${status}\``,
    isTerminal(status) ? "yes" : "",
    stateNotes[status],
  ]);
  const moves = transitions.map(({ from, to, when }) => [`\`${from}\``, `\`${to}\``, when]);
  const why = reasons.map((reason) => {
    const answer = answerOf({ status: "failed", reason, error: null, response: null });
    if (answer.kind !== "problem") throw new Error(`${reason} is answered as a success`);
    return [
      `\`${reason}\``,
      `\`${answer.code}\``,
      String(problemCodes[answer.code][0]),
      answer.source,
      answer.detail,
    ];
  });
  return `# States of an execution

${generated}

${table(["State", "Terminal", "Means"], states)}

## What moves between them

A terminal state never changes. The tests of the gateway's HTTP half run over a database that refuses any other change.

${table(["From", "To", "When"], moves)}

Three counters tell how often it was tried. \`attempt\` counts every acknowledged start and is what the code sees. \`retriesUsed\` counts
tries that followed an error or a timeout of the code, limited by the retry settings of asynchronous work. \`losses\` counts tries that
followed the loss of a runner or of its engine, limited to 3; they use up no retry.

## Why it did not succeed

The \`reason\` of an execution is one of these, and the caller of a function is told this problem ([problems.md](problems.md)).

${table(["Reason", "Problem", "Status", "Source", "Means"], why)}

Two flags go with a state: \`late\`, an outcome that came after its runner was thought lost, and \`truncated\`, a response that broke off
after its head had left.
`;
}
