import { starters } from "@pulse/schema/starter";
import { type DraftBody, type DraftRunBody, draftRunBody } from "@pulse/schema/wire/drafts";
import type { Key } from "../words/words.ts";

/** The call of the test panel as it is written. */
export interface TestCall {
  method: DraftRunBody["method"];
  path: string;
  /** One a line: `name: value`. */
  headers: string;
  body: string;
}

export type TestMethod = TestCall["method"];

/** The methods a test may use. */
export const testMethods = draftRunBody.shape.method.unwrap().options;

const bodiless: ReadonlySet<string> = new Set(["GET", "HEAD"]);

/** The call to begin with: for code that is still the starter what that answers to, else an empty object. */
export function firstCall({ runtime, files }: Pick<DraftBody, "runtime" | "files">): TestCall {
  const starter = runtime === "image" ? null : starters[runtime];
  const body = starter !== null && files[starter.file] === starter.text ? starter.input : "{}";
  return { method: "POST", path: "/", headers: "content-type: application/json", body };
}

/** Whether a call of this method carries a body. */
export function hasBody(method: TestMethod): boolean {
  return !bodiless.has(method);
}

/** Headers by name; a line that is none is told by its number, counted from 1. */
export function readHeaders(text: string): Record<string, string> | { badLine: number } {
  const headers: Record<string, string> = {};
  for (const [index, line] of text.split("\n").entries()) {
    if (line.trim() === "") continue;
    const [, name = "", value = ""] = /^([!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}):(.*)$/.exec(line.trim()) ?? [];
    if (name === "") return { badLine: index + 1 };
    headers[name.toLowerCase()] = value.trim();
  }
  return headers;
}

/** The call as the gateway takes it, or what is wrong with which field. */
export function readCall(
  call: TestCall,
): { body: DraftRunBody } | { field: "path" | "headers"; fault: Key; line: number } {
  if (!call.path.startsWith("/")) return { field: "path", fault: "test.bad_path", line: 0 };
  const headers = readHeaders(call.headers);
  if ("badLine" in headers && typeof headers.badLine === "number") {
    return { field: "headers", fault: "test.bad_header", line: headers.badLine };
  }
  const { method, path } = call;
  const body = hasBody(method) && call.body !== "" ? { body: call.body } : {};
  return { body: { method, path, headers: headers as Record<string, string>, ...body } };
}
