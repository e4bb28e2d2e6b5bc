import {
  deleteSavedInput,
  listSavedInputs,
  putSavedInput,
  type SavedInputView,
} from "@pulse/schema/wire/saved-inputs";
import { queryOptions } from "@tanstack/solid-query";
import { api } from "../session/client.ts";
import { queryClient } from "../session/query-client.ts";
import type { TestCall } from "./test-call.ts";

const actMs = 30_000;

/** The inputs that one keeps of a function, newest first. */
export const savedInputsQuery = (name: string) =>
  queryOptions({
    queryKey: ["saved-inputs", name],
    queryFn: async ({ signal }) => (await api.call(listSavedInputs, { params: { name }, signal })).items,
  });

/** Keeps a call under a name; one of the same name is written over. */
export async function saveInput(name: string, input: string, call: TestCall): Promise<SavedInputView> {
  const params = { name, input };
  const kept = await api.call(putSavedInput, { params, body: call, signal: AbortSignal.timeout(actMs) });
  await queryClient.invalidateQueries({ queryKey: savedInputsQuery(name).queryKey });
  return kept;
}

/** Forgets the input of this name. */
export async function forgetInput(name: string, input: string): Promise<void> {
  await api.call(deleteSavedInput, { params: { name, input }, signal: AbortSignal.timeout(actMs) });
  await queryClient.invalidateQueries({ queryKey: savedInputsQuery(name).queryKey });
}
