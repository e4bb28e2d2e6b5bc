import * as z from "zod";
import { endpoint } from "../endpoint.ts";
import { listOf, pageQuery } from "./fields.ts";
import { promptView } from "./workflow-runs.ts";

/** A prompt in a list: with the execution that waits for it. */
export const promptItem = promptView.extend({ execution: z.string(), workflow: z.string() });
export type PromptItem = z.output<typeof promptItem>;

export const listPrompts = endpoint({
  method: "GET",
  path: "/v1/prompts",
  tag: "workflows",
  summary: "What people are asked, newest first: what is open, or with `status=all` what was, too",
  scope: "read",
  query: z.strictObject({
    ...pageQuery,
    status: z.enum(["open", "all"]).default("open"),
    id: z.string().max(50).optional(),
    execution: z.string().max(50).optional(),
    workflow: z.string().max(63).optional(),
  }),
  answer: listOf(promptItem),
  statuses: [200],
});

const byPrompt = z.object({ prompt: z.string() });
const formType = "application/x-www-form-urlencoded";

export const seePromptPage = endpoint({
  method: "GET",
  path: "/answer/:prompt",
  tag: "workflows",
  summary: "A page to answer a prompt, after sign-in; looking at it answers nothing",
  scope: "public",
  params: byPrompt,
  rawAnswer: ["text/html"],
  statuses: [200],
});

export const answerOnPage = endpoint({
  method: "POST",
  path: "/answer/:prompt",
  tag: "workflows",
  summary: "The form of that page: answers the prompt",
  scope: "public",
  audit: { action: "prompt.answer-by-link" },
  params: byPrompt,
  rawBody: [formType],
  bodyMostBytes: 1_000_000,
  rawAnswer: ["text/html"],
  statuses: [303],
});

export const signInOnPage = endpoint({
  method: "POST",
  path: "/answer/:prompt/session",
  tag: "workflows",
  summary: "The form of that page for who is not signed in yet",
  scope: "public",
  audit: { action: "session.open-by-link" },
  params: byPrompt,
  rawBody: [formType],
  bodyMostBytes: 10_000,
  rawAnswer: ["text/html"],
  statuses: [303],
});
