import { type DraftBody, deleteDraft, getDraft } from "@pulse/schema/wire/drafts";
import { type FunctionView, getSource, getVersion, type VersionView } from "@pulse/schema/wire/functions";
import { isCancelledError } from "@tanstack/solid-query";
import { api } from "../session/client.ts";
import { queryClient } from "../session/query-client.ts";
import { bodyOf, codeOf, starterBody } from "./draft-writer.ts";
import { draftsQuery } from "./queries.ts";
import { withoutDefaults, writableSettings } from "./settings-text.ts";

const actMs = 30_000;

/** Code as it was deployed, in the form of a draft. `unshown`: files that are not text, or too large, so that no draft can hold them. */
export interface DeployedCode {
  version: number;
  body: DraftBody;
  /** The JSON Schema of its input; null: the code says nothing of it. */
  schema: VersionView["schema"];
  unshown: readonly string[];
}

/** Code to begin with: the draft, else what is live, else what was deployed last, else the starter. */
export interface Beginning {
  body: DraftBody;
  /** Of the draft; null: there is none yet. */
  revision: number | null;
  /** What the draft is compared with: the version that is live, else the last one; null: nothing was deployed. */
  deployed: DeployedCode | null;
}

/** The code of a version in the form of a draft. */
export async function readDeployed(
  name: string,
  version: number,
  signal: AbortSignal,
): Promise<DeployedCode> {
  const params = { name, version: String(version) };
  const [view, source] = await Promise.all([
    api.call(getVersion, { params, signal }),
    api.call(getSource, { params, signal }),
  ]);
  const files = source.files.flatMap(({ path, text }) => (text === null ? [] : [[path, text]]));
  const settings = withoutDefaults(writableSettings(view.settings)) as DraftBody["settings"];
  return {
    version,
    body: { ...codeOf(view.runtime, view.entry), files: Object.fromEntries(files), settings },
    schema: view.schema,
    unshown: source.files.flatMap(({ path, text }) => (text === null ? [path] : [])),
  };
}

/** The number of the version that is live, else of the last one; 0: nothing was deployed. */
export function standingOf(view: FunctionView | null): number {
  return view === null ? 0 : (view.aliases.live ?? view.latest);
}

/** Where an editor of this function begins. `view` null: the function is only a draft. */
export async function readBeginning(
  name: string,
  view: FunctionView | null,
  signal: AbortSignal,
): Promise<Beginning> {
  const number = standingOf(view);
  const deployed = number > 0 ? await readDeployed(name, number, signal) : null;
  const drafts = await readDrafts(signal);
  // Asked only where there is one: a browser notes every 404 as an error of the page.
  if (drafts.some((one) => one.name === name)) {
    const draft = await api.call(getDraft, { params: { name }, signal });
    return { body: bodyOf(draft), revision: draft.revision, deployed };
  }
  return { body: deployed?.body ?? starterBody(view?.runtime ?? "typescript"), revision: null, deployed };
}

/** The list of drafts. A read that was broken off because all is asked anew, as after a sign-in, is made again. */
async function readDrafts(signal: AbortSignal) {
  for (;;) {
    signal.throwIfAborted();
    try {
      return await queryClient.fetchQuery(draftsQuery());
    } catch (error) {
      if (!isCancelledError(error)) throw error;
    }
  }
}

/** The draft on the server, and its revision. */
export async function readDraft(name: string): Promise<{ body: DraftBody; revision: number }> {
  const draft = await api.call(getDraft, { params: { name }, signal: AbortSignal.timeout(actMs) });
  return { body: bodyOf(draft), revision: draft.revision };
}

/** Throws the draft away; what is deployed stays. */
export async function dropDraft(name: string): Promise<void> {
  await api.call(deleteDraft, { params: { name }, signal: AbortSignal.timeout(actMs) });
  await queryClient.invalidateQueries({ queryKey: ["drafts"] });
}
