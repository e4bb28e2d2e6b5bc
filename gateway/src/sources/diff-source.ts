import { itemsOf, planned, removedIn } from "@pulse/schema/apply/perform";
import type { Act } from "@pulse/schema/apply/plan";
import { applyWords } from "@pulse/schema/apply/words";
import { createClient } from "@pulse/schema/client";
import { askItself } from "../http/ask-itself.ts";
import type { Deps, PulseApp } from "../http/context.ts";
import { fetchArchive } from "./fetch-archive.ts";
import { folderOf } from "./make-folder.ts";
import type { SourceRow } from "./store.ts";

/** What is not as the end of a branch says, as the caller sees it: nothing is told that they may not read themselves. */
export async function differencesFrom(
  app: PulseApp,
  { ports }: Deps,
  source: SourceRow,
  { request, requestId, signal }: { request: Request; requestId: string; signal: AbortSignal },
): Promise<{ commit: string | null; plan: Act[] }> {
  const by = { request, requestId, isCounted: true };
  const client = createClient({
    baseUrl: new URL(request.url).origin,
    fetch: async (input, init) => await askItself(app, by, new Request(input, init)),
  });
  const applying = { client, words: applyWords, signal };
  const archive = await fetchArchive(ports, source, signal);
  const folder = await folderOf(ports, applying, archive, source.folder);
  const plan = await planned(applying, await itemsOf(applying, folder), removedIn(folder.layout));
  return { commit: archive.commit, plan };
}
