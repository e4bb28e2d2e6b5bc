import * as z from "zod";
import type { CallError } from "./outcome.ts";

/** `X`: an error of the load or of a call. */
export const callError = z.object({
  code: z.string(),
  name: z.string().optional(),
  message: z.string(),
  stack: z.string().optional(),
  file: z.string().optional(),
  line: z.number().int().optional(),
  permanent: z.boolean().optional(),
  retryAfterMs: z.number().min(0).optional(),
});
/** `R` before any code is loaded. */
export const greeting = z.object({
  stem: z.literal(true),
  language: z.string(),
  languageVersion: z.string(),
});
/** `R` after the code was loaded. */
export const ready = z.object({
  ok: z.literal(true),
  kinds: z.array(z.string()),
  schema: z.json().optional(),
  initMs: z.number(),
});
/** `H`: the response head. */
export const head = z.object({
  status: z.number().int().min(100).max(599),
  headers: z.array(z.tuple([z.string(), z.string()])),
});
/** `L`: one log line. */
export const logFrame = z.object({
  stream: z.enum(["stdout", "stderr", "log"]),
  level: z.string(),
  text: z.string(),
  fields: z.record(z.string(), z.unknown()).optional(),
  time: z.number(),
});
/** `V`: a call of another function, with `emits` an event whose data is the input, or with `kv` something to do with a key. */
export const invokeFrame = z.object({
  id: z.number().int(),
  name: z.string(),
  input: z.unknown(),
  emits: z.boolean().optional(),
  kv: z.looseObject({ op: z.string() }).optional(),
});

/** What loaded code offers. */
export type Ready = z.output<typeof ready>;
/** How a call ended by itself. */
export type CallEnd = { answered: true } | { error: CallError };
