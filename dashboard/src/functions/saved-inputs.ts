import { type TestCall, testMethods } from "./test-call.ts";

/** A call somebody keeps under a name, to try a function with it again. */
export interface SavedInput {
  name: string;
  call: TestCall;
}

/** How many a function keeps for one person; the oldest goes when one more comes. */
export const savedMost = 20;

/** Headers that may hold somebody's credentials: they are never kept. */
const secretHeader = /^\s*(authorization|proxy-authorization|cookie|x-api-key|x-auth-token)\s*:/i;

/** Where they lie: in this browser, for one person and one function. */
export function savedPlace(user: string, functionName: string): string {
  return `pulse.inputs:${user}:${functionName}`;
}

/** What was kept, newest first; what cannot be read is none. */
export function readSaved(text: string | null): SavedInput[] {
  try {
    const kept: unknown = JSON.parse(text ?? "[]");
    return Array.isArray(kept) ? kept.filter(isSaved) : [];
  } catch {
    return [];
  }
}

/** Keeps one more; one of the same name is replaced. Headers with credentials are left out. */
export function withSaved(saved: readonly SavedInput[], name: string, call: TestCall): SavedInput[] {
  const headers = call.headers
    .split("\n")
    .filter((line) => !secretHeader.test(line))
    .join("\n");
  return [{ name, call: { ...call, headers } }, ...withoutSaved(saved, name)].slice(0, savedMost);
}

/** All but the one of this name. */
export function withoutSaved(saved: readonly SavedInput[], name: string): SavedInput[] {
  return saved.filter((one) => one.name !== name);
}

function isSaved(value: unknown): value is SavedInput {
  if (typeof value !== "object" || value === null) return false;
  const { name, call } = value as Partial<SavedInput>;
  if (typeof name !== "string" || typeof call !== "object" || call === null) return false;
  const isText = [call.path, call.headers, call.body].every((one) => typeof one === "string");
  return isText && testMethods.some((one) => one === call.method);
}
