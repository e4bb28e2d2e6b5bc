import { prompts } from "@pulse/schema/tables";
import type { PromptView } from "@pulse/schema/wire/workflow-runs";
import { and, asc, eq } from "drizzle-orm";
import type { Database } from "../../ports.ts";

/** A prompt's row. */
export type PromptRow = typeof prompts.$inferSelect;

/** The prompts of an execution, as they were opened. */
export async function promptsOf(
  { orm }: Database,
  project: string,
  executionId: string,
): Promise<PromptRow[]> {
  return await orm
    .select()
    .from(prompts)
    .where(and(eq(prompts.executionId, executionId), eq(prompts.project, project)))
    .orderBy(asc(prompts.openedAt), asc(prompts.id));
}

const time = (ms: number) => new Date(ms).toISOString();
const timeOrNull = (ms: number | null) => (ms === null ? null : time(ms));

/** A prompt as the API shows it; its page is below `publicUrl`. */
export function promptViewOf(row: PromptRow, publicUrl: string): PromptView {
  const { id, step, message, answeredBy, response, answers } = row;
  return {
    ...{ id, url: `${publicUrl}/answer/${id}`, step, message },
    ...{ answeredBy, response, status: row.closedBecause ?? "open" },
    answers: answers.map(({ by, response: said, form = {}, at }) => ({
      ...{ by, response: said, at: time(at) },
      // A form is checked as JSON.
      form: form as PromptView["form"],
    })),
    // As the run's plan had them when the prompt was opened.
    options: row.options as PromptView["options"],
    form: row.form as PromptView["form"],
    approvers: (row.approvers ?? null) as PromptView["approvers"],
    openedAt: time(row.openedAt),
    expiresAt: timeOrNull(row.expiresAt),
    closedAt: timeOrNull(row.closedAt),
  };
}
