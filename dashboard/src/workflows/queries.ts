import { isTerminal } from "@pulse/schema/status";
import { getExecution } from "@pulse/schema/wire/executions";
import { listPrompts } from "@pulse/schema/wire/prompts";
import { planWorkflow, type RunPlanView } from "@pulse/schema/wire/workflow-plan";
import { respond, runWorkflow } from "@pulse/schema/wire/workflow-runs";
import {
  deleteWorkflow,
  getRevision,
  getWorkflow,
  listRevisions,
  listWorkflows,
  patchWorkflow,
  putWorkflow,
  type ValidationView,
  validateWorkflow,
} from "@pulse/schema/wire/workflows";
import { queryOptions } from "@tanstack/solid-query";
import { api } from "../session/client.ts";
import { everyItem } from "../session/every-item.ts";
import { follow } from "../session/live.ts";
import { queryClient } from "../session/query-client.ts";

const actMs = 30_000;
const rows = 50;
const yaml = { "content-type": "application/yaml" };
const within = () => AbortSignal.timeout(actMs);
const readAgain = () => queryClient.invalidateQueries({ queryKey: ["workflows"] });

/** All workflows, by name, with the newest run of each. */
export const workflowsQuery = () =>
  queryOptions({
    queryKey: ["workflows", "list"],
    queryFn: ({ signal }) => everyItem((query) => api.call(listWorkflows, { query, signal })),
    ...follow("workflows"),
  });

/** One workflow. */
export const workflowQuery = (name: string) =>
  queryOptions({
    queryKey: ["workflows", "one", name],
    queryFn: ({ signal }) => api.call(getWorkflow, { params: { name }, signal }),
    ...follow("workflows"),
  });

/** The newest definition as YAML, and the tag that a save of a change to it names. Read once: what is edited does not move. */
export const definitionQuery = (name: string) =>
  queryOptions({
    queryKey: ["workflows", "definition", name],
    queryFn: async ({ signal }) => {
      const headers = { accept: "application/yaml" };
      const answer = await api.open(getWorkflow, { params: { name }, headers, signal });
      return { text: await answer.text(), etag: answer.headers.get("etag") };
    },
    refetchOnWindowFocus: false,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
  });

/** A page of revisions, newest first. */
export const revisionsQuery = (name: string, cursor: string | undefined) =>
  queryOptions({
    queryKey: ["workflows", "revisions", name, cursor ?? null],
    queryFn: ({ signal }) =>
      api.call(listRevisions, {
        params: { name },
        query: { limit: rows, ...(cursor === undefined ? {} : { cursor }) },
        signal,
      }),
    ...follow("workflows"),
  });

/** A revision and how it differs from the one before; it never changes. */
export const revisionQuery = (name: string, revision: number) =>
  queryOptions({
    queryKey: ["workflows", "revision", name, revision],
    queryFn: ({ signal }) =>
      api.call(getRevision, {
        params: { name, revision: String(revision) },
        query: revision > 1 ? { since: revision - 1 } : {},
        signal,
      }),
    staleTime: Number.POSITIVE_INFINITY,
  });

/** A revision with its definition. */
export function readRevision(name: string, revision: number, signal: AbortSignal) {
  return api.call(getRevision, { params: { name, revision: String(revision) }, signal });
}

/** A run with its steps and prompts, followed until it is over. While changes are told, whoever writes those of executions has it read again. */
export const runQuery = (id: string) => {
  const { refetchInterval } = follow("executions");
  return queryOptions({
    queryKey: ["runs", id],
    queryFn: async ({ signal }) => {
      const { run, status } = await api.call(getExecution, { params: { id }, signal });
      return { run: run ?? null, isOver: isTerminal(status) };
    },
    refetchInterval: (query) => (query.state.data?.isOver === true ? false : refetchInterval),
  });
};

/** What people are asked, newest first. While changes are told, whoever writes those of executions has it read again. */
export const promptsQuery = () =>
  queryOptions({
    queryKey: ["executions", "prompts"],
    queryFn: ({ signal }) => everyItem((query) => api.call(listPrompts, { query, signal })),
    ...follow("executions"),
  });

/** One question, open or not; null when there is none of that id. Kept like those of the inbox. */
export const promptQuery = (id: string) => {
  const { refetchInterval } = follow("executions");
  return queryOptions({
    queryKey: ["executions", "prompts", "one", id],
    queryFn: async ({ signal }) => {
      const { items } = await api.call(listPrompts, { query: { id, status: "all" }, signal });
      return { found: items[0] ?? null };
    },
    refetchInterval: (query) => (query.state.data?.found?.status === "open" ? refetchInterval : false),
  });
};

/** What a run of the newest revision would do now with these inputs. */
export async function planSaved(workflow: string, inputs: Record<string, unknown>): Promise<RunPlanView> {
  // What forms give is JSON.
  return api.call(planWorkflow, { body: { workflow, inputs: inputs as never }, signal: within() });
}

/** Every problem of a definition. */
export async function validate(text: string, signal: AbortSignal): Promise<ValidationView> {
  return api.call(validateWorkflow, { raw: text, headers: yaml, signal });
}

/** Saves a definition; `etag` is what it was changed from, null for a new one. Throws the problems when it is not valid. */
export async function saveDefinition(name: string, text: string, etag: string | null): Promise<void> {
  const headers = { ...yaml, ...(etag === null ? {} : { "if-match": etag }) };
  await api.call(putWorkflow, { params: { name }, raw: text, headers, signal: within() });
  queryClient.removeQueries({ queryKey: ["workflows", "definition", name], type: "inactive" });
  await readAgain();
  await queryClient.refetchQueries({ queryKey: ["workflows", "definition", name] });
}

/** Lets a workflow be started, or not. */
export async function setWorkflowEnabled(name: string, enabled: boolean): Promise<void> {
  await api.call(patchWorkflow, { params: { name }, body: { enabled }, signal: within() });
  await readAgain();
}

/** Deletes a workflow; its runs stay. */
export async function removeWorkflow(name: string): Promise<void> {
  await api.call(deleteWorkflow, { params: { name }, signal: within() });
  queryClient.removeQueries({ queryKey: ["workflows", "one", name] });
  await queryClient.invalidateQueries({ queryKey: ["workflows", "list"] });
}

/** Starts a workflow and returns the id of the run. */
export async function startRun(name: string, inputs: Record<string, unknown>): Promise<string> {
  // What forms give is JSON.
  const body = { inputs: inputs as never };
  const { id } = await api.call(runWorkflow, { params: { name }, body, signal: within() });
  await readAgain();
  return id;
}

/** An answer to a prompt. */
export interface Answer {
  response: string;
  promptId: string;
  form?: Record<string, unknown>;
  comment?: string;
}

/** Answers a prompt of a run. */
export async function answerPrompt(execution: string, { form, ...rest }: Answer): Promise<void> {
  const body = { ...rest, ...(form === undefined ? {} : { form: form as never }) };
  try {
    await api.call(respond, { params: { id: execution }, body, signal: within() });
  } finally {
    // Also when somebody else was first: then it shows who.
    await Promise.all([
      queryClient.invalidateQueries({ queryKey: ["runs", execution] }),
      queryClient.invalidateQueries({ queryKey: ["executions", "prompts"] }),
    ]);
  }
}
