import * as z from "zod";
import { endpoint } from "../endpoint.ts";
import { draftRunBody } from "./drafts.ts";
import { listOf, nameField, timeField } from "./fields.ts";

/** How many inputs of a function one person may keep. */
export const savedMost = 50;
/** Characters of a kept body. */
export const savedBodyMost = 65_536;

/** A call of a function as somebody wrote it. */
export const savedCall = z.strictObject({
  method: draftRunBody.shape.method.unwrap(),
  /** Below the function, with the query. */
  path: z.string().max(8000),
  /** One a line: `name: value`. */
  headers: z.string().max(8000),
  body: z.string().max(savedBodyMost),
});
export type SavedCall = z.output<typeof savedCall>;

export const savedInputView = z.object({
  name: z.string(),
  call: savedCall,
  updatedAt: timeField,
});
export type SavedInputView = z.output<typeof savedInputView>;

/** The name of an input: one line of words. */
const inputName = z
  .string()
  .min(1)
  .max(60)
  .regex(/^[^\p{Cc}]*$/u, "may not hold line breaks or control characters");
const byInput = z.object({ name: nameField, input: inputName });

export const listSavedInputs = endpoint({
  method: "GET",
  path: "/v1/functions/:name/inputs",
  tag: "functions",
  summary: "The inputs that one keeps to try a function with, newest first; one's own alone",
  scope: "read",
  params: z.object({ name: nameField }),
  answer: listOf(savedInputView),
  statuses: [200],
});

export const putSavedInput = endpoint({
  method: "PUT",
  path: "/v1/functions/:name/inputs/:input",
  tag: "functions",
  summary:
    "Keep an input under a name, also for a draft that is no function yet; header lines with credentials are left out. At most 50 a function for one person",
  scope: "execute",
  audit: { exempt: "one's own note, which changes nothing that runs" },
  params: byInput,
  body: savedCall,
  answer: savedInputView,
  statuses: [200, 201],
});

export const deleteSavedInput = endpoint({
  method: "DELETE",
  path: "/v1/functions/:name/inputs/:input",
  tag: "functions",
  summary: "Forget an input that one keeps",
  scope: "execute",
  audit: { exempt: "one's own note, which changes nothing that runs" },
  params: byInput,
  statuses: [204],
});
