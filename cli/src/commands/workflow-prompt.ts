import { ProblemError } from "@pulse/schema/problem";
import { type PromptView, respond } from "@pulse/schema/wire/workflow-runs";
import { optionValues } from "@pulse/schema/workflow/input-value";
import { checkInputs } from "@pulse/schema/workflow/inputs";
import type { InputPlan } from "@pulse/schema/workflow/plan";
import { fill } from "../messages/say.ts";
import type { Session } from "../session.ts";
import { question } from "./workflow-question.ts";

const never = new AbortController().signal;

/** The form of a prompt, as its definition has it. */
export function formOf({ form }: PromptView): Record<string, InputPlan> {
  // Written from the form of a plan's prompt.
  return form as unknown as Record<string, InputPlan>;
}

/** Asks a prompt at the terminal: option, form, comment; again as long as the gateway says that something is wrong with them. */
export async function askPrompt(
  session: Session,
  execution: string,
  prompt: PromptView,
  gone: AbortSignal,
): Promise<void> {
  const { messages } = session;
  for (;;) {
    const option = await askOption(session, prompt, gone);
    const isOn = option.outcome === "continue";
    const form = isOn ? (agreedForm(session, prompt) ?? (await askForm(session, formOf(prompt), gone))) : {};
    const words = option.requireComment ? messages.wfComment : messages.wfCommentMaybe;
    const comment = option.requireComment || isOn === false ? await question(`  ${words}`, gone) : "";
    try {
      const answer = { response: option.value, promptId: prompt.id, form: form as Record<string, never> };
      const body = comment === "" ? answer : { ...answer, comment };
      await sendAnswer(session, execution, body);
      return;
    } catch (error) {
      if (!(error instanceof ProblemError) || error.status !== 422) throw error;
      session.line(error.message);
    }
  }
}

/** Sends an answer and says what came of it. */
export async function sendAnswer(
  session: Session,
  id: string,
  body: {
    response: string;
    promptId: string;
    form?: Record<string, never>;
    comment?: string;
  },
): Promise<PromptView> {
  const { client, messages, note } = session;
  const prompt = await client.call(respond, { params: { id }, body, signal: never });
  const { response } = body;
  if (prompt.status === "open") session.line(fill(messages.wfAnsweredSoFar, { response }));
  else note("wfAnswered", { response });
  return prompt;
}

async function askOption(
  { messages, line, colours }: Session,
  { options }: PromptView,
  gone: AbortSignal,
): Promise<PromptView["options"][number]> {
  const shown = options.map(
    ({ label, value }, i) => `${i + 1} ${label === value ? value : `${value}: ${label}`}`,
  );
  for (;;) {
    const text = fill(messages.wfQuestion, { options: shown.join(" · ") });
    const said = await question(`${colours.bold(text)}`, gone);
    const found = options.find(
      ({ value }, i) => value.toLowerCase() === said.toLowerCase() || String(i + 1) === said,
    );
    if (found !== undefined) return found;
    line(`  ${messages.wfBadAnswer}`);
  }
}

/** What somebody has filled in already, which is shown and agreed with; null: nothing yet. */
function agreedForm({ messages, line }: Session, prompt: PromptView): Record<string, unknown> | null {
  const [first] = prompt.answers;
  if (first === undefined) return null;
  const fields = Object.entries(formOf(prompt));
  if (fields.length > 0) line(`  ${fill(messages.wfFilledIn, { by: first.by })}`);
  for (const [name, { title }] of fields) line(`    ${title ?? name}: ${JSON.stringify(first.form[name])}`);
  return first.form;
}

async function askForm(
  { messages, line }: Session,
  form: Record<string, InputPlan>,
  gone: AbortSignal,
): Promise<Record<string, unknown>> {
  const values: Record<string, unknown> = {};
  for (const [name, input] of Object.entries(form)) {
    for (;;) {
      const hints = [
        input.type,
        optionValues(input).join(" / "),
        input.required ? messages.wfRequired : "",
        input.default === undefined || input.default === null ? "" : `[${JSON.stringify(input.default)}]`,
      ].filter((hint) => hint !== "");
      const text = fill(messages.wfField, { title: input.title ?? name, hint: ` (${hints.join(", ")})` });
      const said = await question(`  ${text}`, gone);
      const given = said === "" ? {} : { [name]: said };
      const { values: read, problems } = checkInputs({ [name]: input }, given, "text");
      const [problem] = problems;
      if (problem === undefined) {
        if (read[name] !== null) values[name] = read[name];
        break;
      }
      line(`    ${problem.detail}`);
    }
  }
  return values;
}
