import { ProblemError } from "@pulse/schema/problem";
import type { Database } from "../../ports.ts";
import { createAliasStore } from "./store.ts";

/** The revision that a number or an alias stands for now; whether there is one of that number is not looked at. Throws `not_found`. */
export async function revisionNamed(
  database: Database,
  { id, name }: { id: string; name: string },
  reference: number | string,
): Promise<number> {
  const found = await revisionOf(database, id, String(reference));
  if (found !== null) return found;
  throw new ProblemError("not_found", `the workflow "${name}" has no revision or alias ${reference}`, {
    hint: "Name a revision by its number, or an alias that was set.",
  });
}

/** The same; null for an alias that was not set. */
export async function revisionOf(
  database: Database,
  workflowId: string,
  text: string,
): Promise<number | null> {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  return (await createAliasStore(database).byName(workflowId, text))?.revision ?? null;
}
