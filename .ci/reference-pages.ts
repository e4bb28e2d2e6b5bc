import {
  credentialKinds,
  type Decision,
  decisions,
  type Need,
  pathShapes,
  routeNeeds,
} from "@pulse/gateway/auth/authorisation";

/** A page of `docs/` that is made from the code. */
export interface Page {
  /** From the root of the repository. */
  path: string;
  text: string;
}

const needs: Record<Need, string> = {
  public: "nothing",
  enrolment: "nothing; the body carries the proof: an enrolment token, or an assertion signed by the runner",
  session: "any good key, or a browser session",
  read: "the scope `read`",
  execute: "the scope `execute`",
  deploy: "the scope `deploy`",
  admin: "the scope `admin`",
  runner: "a runner's access token",
  function: "`invoke:<name>`, `invoke:*`, `execute` or `admin`; nothing when the function is public",
  "public function": "nothing; a key that is sent must be good",
};

/** Every page that is made from the code. */
export function referencePages(): Page[] {
  return [{ path: "docs/authorisation.md", text: authorisationPage() }];
}

/** A Markdown table. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((one) => one.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(head), `|${head.map(() => "---").join("|")}|`, ...rows.map(line)].join("\n");
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
  const routes = Object.entries(routeNeeds).map(([route, need]) => [`\`${route}\``, needs[need]]);
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

## Who is let in

✓ is let in; anything else is the \`code\` of the problem that the caller gets ([problems.md](problems.md)). A method that a path does
not take is \`method_not_allowed\` with \`Allow\`, whoever asks. \`HEAD\` asks for what \`GET\` asks for.

${table(["Sent", ...columns], matrix)}

- \`admin\` is the only scope that implies others.
- Whoever may not call a function is told that it does not exist.
- The session cookie never counts under \`/f/\` nor on the runner protocol. On the control API it counts for methods that change something
  only when \`Origin\` is exactly ours.
- A runner's credential opens the runner protocol and nothing else; no other credential opens that.
- A credential sees only its own project: a key of another project is let in, and finds nothing of this one.

## Other ways to write a path

${table(["Written with", "Such as", "Answers"], shapes)}
`;
}
