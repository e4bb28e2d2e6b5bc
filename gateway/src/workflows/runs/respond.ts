import { ProblemError } from "@pulse/schema/problem";
import { canonicalText } from "@pulse/schema/workflow/canonical";
import { checkInputs } from "@pulse/schema/workflow/inputs";
import type { ApproversPlan, InputPlan, OptionPlan } from "@pulse/schema/workflow/plan";
import { answererOf } from "../../http/actor.ts";
import type { Ports } from "../../ports.ts";
import { type Answerer, requireMayAnswer } from "./may-answer.ts";
import type { OpenRun } from "./open-run.ts";
import { type PromptRow, promptsOf } from "./prompts-store.ts";
import { Overtaken, type RunLog } from "./run-log.ts";

/** What somebody says to a prompt. */
export interface Answer {
  response: string;
  promptId?: string | undefined;
  form?: Record<string, unknown> | undefined;
  comment?: string | undefined;
}

const triesMost = 20;

/**
 * Answers a prompt of a run, and gives it as it is then. Throws `not_found`, `prompt_ambiguous`, `prompt_answered` (with who was first), `prompt_expired`,
 * `invalid_option`, `validation_failed` for the form, `conflict` for another form than the one agreed with so far, and `forbidden` for who may not.
 */
export async function respond(
  ports: Ports,
  log: RunLog,
  { project, id, by, answer }: { project: string; id: string; by: Answerer; answer: Answer },
): Promise<PromptRow> {
  for (let tries = 0; tries < triesMost; tries++) {
    const run = await log.read(id);
    if (run === null || run.project !== project) {
      throw new ProblemError("not_found", `there is no workflow's execution ${id}`);
    }
    const row = chosen(await promptsOf(ports.database, project, id), answer.promptId, id);
    const form = checked(run, row, by, answer, ports.now());
    // It was closed between the two reads.
    if (!run.state.asked.has(row.key)) continue;
    try {
      await log.append(run, {
        ...{ type: "prompt.answered", at: ports.now(), key: row.key, response: answer.response },
        ...{ form, comment: answer.comment ?? null, by: answererOf(by) },
      });
    } catch (error) {
      if (error instanceof Overtaken) continue;
      throw error;
    }
    const after = (await promptsOf(ports.database, project, id)).find((one) => one.id === row.id);
    return after ?? row;
  }
  throw new ProblemError("unavailable", "the execution changes too quickly to be answered", {
    retryAfter: 1,
  });
}

function chosen(rows: readonly PromptRow[], promptId: string | undefined, id: string): PromptRow {
  if (promptId !== undefined) {
    const found = rows.find((row) => row.id === promptId);
    if (found === undefined) throw new ProblemError("not_found", `execution ${id} has no prompt ${promptId}`);
    return found;
  }
  const open = rows.filter(({ closedAt }) => closedAt === null);
  if (open.length > 1) {
    const prompts = open.map((row) => ({ id: row.id, message: row.message }));
    throw new ProblemError("prompt_ambiguous", `${open.length} prompts are open: say which by promptId`, {
      members: { prompts },
    });
  }
  const found = open[0] ?? rows.at(-1);
  if (found === undefined) throw new ProblemError("conflict", `execution ${id} asks nothing now`);
  return found;
}

/** The values of the form, when everything is in order. */
function checked(
  run: OpenRun,
  row: PromptRow,
  by: Answerer,
  answer: Answer,
  now: number,
): Record<string, unknown> {
  // Written from commands of a plan.
  const options = row.options as OptionPlan[];
  const approvers = (row.approvers ?? null) as ApproversPlan | null;
  checkOpen(row, now);
  requireMayAnswer(by, approvers, { permissions: run.plan.permissions, startedBy: run.startedBy });
  if (row.answers.some((one) => one.by === answererOf(by))) {
    throw new ProblemError("prompt_answered", "you have answered this prompt already");
  }
  const option = options.find(({ value }) => value === answer.response);
  if (option === undefined) {
    const values = options.map(({ value }) => value);
    throw new ProblemError(
      "invalid_option",
      `the options are ${values.join(", ")}; got ${answer.response.slice(0, 80)}`,
      {
        members: { options: values },
      },
    );
  }
  if (option.requireComment && (answer.comment ?? "").trim() === "") {
    const errors = [{ pointer: "/comment", detail: `the option ${option.value} needs a comment` }];
    throw new ProblemError("validation_failed", `/comment: the option ${option.value} needs a comment`, {
      errors,
    });
  }
  if (option.outcome !== "continue") return answer.form ?? {};
  const values = filledIn(row, answer);
  // One that refuses would have closed it.
  const [first] = row.answers;
  if (first?.form !== undefined && canonicalText(values) !== canonicalText(first.form)) {
    throw new ProblemError("conflict", `${first.by} has filled the form in otherwise`, {
      hint: "Look at the prompt again: answer with the same form, or refuse.",
    });
  }
  return values;
}

function filledIn(row: PromptRow, answer: Answer): Record<string, unknown> {
  const { values, problems } = checkInputs(row.form as Record<string, InputPlan>, answer.form ?? {});
  const errors = problems.map(({ pointer, detail }) => ({ pointer: `/form${pointer}`, detail }));
  const [first] = errors;
  if (first !== undefined) {
    throw new ProblemError("validation_failed", `${first.pointer}: ${first.detail}`, { errors });
  }
  return values;
}

function checkOpen(row: PromptRow, now: number): void {
  const { closedBecause, answeredBy, response, answers, expiresAt } = row;
  if (closedBecause === "answered") {
    const detail = `${answeredBy ?? "somebody"} has answered already: ${response ?? "?"}`;
    const said = answers.map((one) => ({ by: one.by, response: one.response, at: one.at }));
    throw new ProblemError("prompt_answered", detail, { members: { answeredBy, response, answers: said } });
  }
  if (closedBecause === "expired" || (expiresAt !== null && now >= expiresAt)) {
    throw new ProblemError("prompt_expired", "nobody answered this prompt in time");
  }
  if (closedBecause === "cancelled") {
    throw new ProblemError("prompt_expired", "the execution does not wait for this prompt any longer");
  }
}
