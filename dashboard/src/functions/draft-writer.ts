import { ProblemError } from "@pulse/schema/problem";
import { starters } from "@pulse/schema/starter";
import { type DraftBody, type DraftView, getDraft, putDraft } from "@pulse/schema/wire/drafts";
import type { Runtime } from "@pulse/schema/wire/manifest";
import { api } from "../session/client.ts";
import { noteError, queryClient } from "../session/query-client.ts";
import type { WriteDraft } from "./draft-keeper.ts";

const actMs = 30_000;

/** A draft with the starter of a language in it; nothing for an image. */
export function starterBody(runtime: Runtime): DraftBody {
  if (runtime === "image") return { runtime, files: {}, settings: {} };
  const { file, text } = starters[runtime];
  return { runtime, files: { [file]: text }, settings: {} };
}

/** Makes the first draft of a function to be; throws `precondition_failed` when the name has a draft. */
export async function createDraft(name: string, runtime: Runtime): Promise<void> {
  await writerOf(name)(starterBody(runtime), null, AbortSignal.timeout(actMs));
}

/** The writing half of a keeper of this function's draft. */
export function writerOf(name: string): WriteDraft {
  return async (body, over, signal) => {
    const headers = headersFor(over);
    try {
      const view = await api.call(putDraft, { params: { name }, body, headers, signal });
      if (over === null) void queryClient.invalidateQueries({ queryKey: ["drafts"] });
      return view.revision;
    } catch (error) {
      noteError(error);
      if (!(error instanceof ProblemError) || error.code !== "precondition_failed") throw error;
      // A write whose answer was lost stands there already.
      const there = await api.call(getDraft, { params: { name }, signal });
      if (JSON.stringify(bodyOf(there)) === JSON.stringify(body)) return there.revision;
      throw error;
    }
  };
}

function headersFor(over: number | null | "any"): Record<string, string> {
  if (over === "any") return {};
  return over === null ? { "if-none-match": "*" } : { "if-match": `"${over}"` };
}

/** What a draft on the server holds. */
export function bodyOf({ runtime, entry, files, settings }: DraftView): DraftBody {
  return { ...codeOf(runtime, entry), files, settings };
}

const usualEntries = new Set(["index.ts", "main.py", ""]);

/** Runtime and entry; the usual entry goes without saying. */
export function codeOf(runtime: Runtime, entry: string | null): Pick<DraftBody, "runtime" | "entry"> {
  return { runtime, ...(entry === null || usualEntries.has(entry) ? {} : { entry }) };
}
