import {
  executionKinds,
  executionStatuses,
  liveStatuses,
  reasons,
  terminalStatuses,
  triggerTypes,
} from "../status.ts";

/** Words for several states at once. */
export const statusGroups: Readonly<Record<string, readonly string[]>> = {
  active: liveStatuses,
  ended: terminalStatuses,
};

/** The fields of the filter language: what each is about, and for closed lists what it may be. */
export const filterFields = {
  status: { about: "its state", values: [...executionStatuses, ...Object.keys(statusGroups)] },
  fn: { about: "calls of this function", values: null },
  workflow: { about: "runs of this workflow", values: null },
  name: { about: "a function or workflow of this name", values: null },
  kind: { about: "its kind", values: [...executionKinds] },
  runner: { about: "the runner that had it last", values: null },
  trigger: { about: "what started it", values: [...triggerTypes] },
  reason: { about: "why it did not succeed", values: [...reasons] },
  key: { about: "the API key, by name or id, that called", values: null },
  version: { about: "the version of the function, or revision of the workflow", values: null },
  id: { about: "its id", values: null },
  parent: { about: "the execution that started it", values: null },
  since: { about: "made since: so long ago (2h), a day or a time (RFC 3339)", values: null },
  until: { about: "made before: so long ago, a day or a time", values: null },
} as const satisfies Record<string, { about: string; values: readonly string[] | null }>;

export type FilterField = keyof typeof filterFields;
export const filterFieldNames = Object.keys(filterFields) as FilterField[];

/** Whether a word is a field of the filter language. */
export function isFilterField(word: string): word is FilterField {
  return Object.hasOwn(filterFields, word);
}
