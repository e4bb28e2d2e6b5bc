import { ProblemError } from "@pulse/schema/problem";
import { listPrompts, type PromptItem } from "@pulse/schema/wire/prompts";
import { checkInputs } from "@pulse/schema/workflow/inputs";
import type { Command } from "commander";
import { fill } from "../messages/say.ts";
import { run, type Session } from "../session.ts";
import { table } from "../table.ts";
import { UsageError } from "../usage.ts";
import { collectInput } from "./workflow-inputs.ts";
import { askPrompt, formOf, sendAnswer } from "./workflow-prompt.ts";
import { isAtTerminal } from "./workflow-question.ts";

interface AnswerOptions {
  form: string[];
  comment?: string;
}

/** Adds `answer`: lists what is asked, and answers it. */
export function addAnswer(program: Command): void {
  program
    .command("answer [prompt] [option]")
    .description("list the prompts that are open; answer one, named by its id or its execution")
    .option("-F, --form <key=value>", "a field of its form (can be repeated)", collectInput, [])
    .option("--comment <text>", "why")
    .action(
      run(async (session, command) => {
        const [what, option] = command.args;
        if (what === undefined) await listOpen(session);
        else await answerOne(session, await promptOf(session, what), option, command.opts<AnswerOptions>());
      }),
    );
}

async function listOpen({ client, signal, answer, messages }: Session): Promise<void> {
  const list = await client.call(listPrompts, { query: { limit: 200 }, signal });
  const rows = list.items.map(({ id, workflow, execution, message, options, expiresAt }) => [
    ...[id, workflow, execution, options.map(({ value }) => value).join(" / "), expiresAt ?? ""],
    message.replaceAll("\n", " "),
  ]);
  const heads = ["PROMPT", "WORKFLOW", "EXECUTION", "OPTIONS", "UNTIL", "MESSAGE"];
  answer(list, () => (rows.length === 0 ? messages.none : table([heads, ...rows])));
}

/** The prompt that an argument means: by its own id, or the one that is open in an execution. Throws `not_found` and `prompt_ambiguous`. */
async function promptOf({ client, signal, messages }: Session, what: string): Promise<PromptItem> {
  const isPrompt = what.startsWith("prm_");
  const query = isPrompt ? { id: what, status: "all" as const } : { execution: what };
  const { items } = await client.call(listPrompts, { query, signal });
  const [first] = items;
  if (first === undefined) throw new ProblemError("not_found", fill(messages.wfNothingAsked, { id: what }));
  if (items.length > 1) {
    const prompts = items.map(({ id, message }) => ({ id, message }));
    throw new ProblemError("prompt_ambiguous", fill(messages.wfWhichPrompt, { count: items.length }), {
      members: { prompts },
    });
  }
  return first;
}

async function answerOne(
  session: Session,
  prompt: PromptItem,
  option: string | undefined,
  { form: given, comment }: AnswerOptions,
): Promise<void> {
  const { messages } = session;
  if (option === undefined) {
    if (isAtTerminal(session) && prompt.status === "open") {
      session.line(prompt.message);
      await askPrompt(session, prompt.execution, prompt, session.signal);
      return;
    }
    const options = prompt.options.map(({ value }) => value).join(", ");
    throw new UsageError(fill(messages.wfNeedsOption, { options }));
  }
  const entries = given.map((entry): [string, string] => {
    const at = entry.indexOf("=");
    if (at < 1) throw new UsageError(fill(messages.badInput, { given: entry }));
    return [entry.slice(0, at), entry.slice(at + 1)];
  });
  const answered = await sendAnswer(session, prompt.execution, {
    ...{ response: option, promptId: prompt.id, form: typedForm(prompt, Object.fromEntries(entries)) },
    ...(comment === undefined ? {} : { comment }),
  });
  session.answer(answered, () => "");
}

/** The fields with their types; what is not in order goes as it was typed, so that the gateway says what is wrong. */
function typedForm(prompt: PromptItem, given: Record<string, string>): Record<string, never> {
  const form = formOf(prompt);
  const named = Object.fromEntries(Object.entries(form).filter(([name]) => Object.hasOwn(given, name)));
  const { values, problems } = checkInputs(named, given, "text");
  // What a field may be is JSON.
  return (problems.length > 0 ? given : values) as Record<string, never>;
}
