import { fillPath, readProblem } from "@pulse/schema/client";
import { isProblemCode } from "@pulse/schema/problem";
import { getResult } from "@pulse/schema/wire/executions";
import { queryOptions } from "@tanstack/solid-query";
import { chunksOf } from "../events/chunks.ts";

const shownMostBytes = 256 * 1024;

/** What a function answered: its status, content type, and the beginning of its body. */
export interface Answered {
  status: number;
  type: string;
  text: string;
  /** The whole length in bytes, when the answer says it. */
  bytes: number | null;
  isWhole: boolean;
}

/** Where the whole stored result is, to be saved as a file. */
export function resultUrl(id: string): string {
  return fillPath(getResult.path, { id });
}

/** The stored result of an execution that has ended. */
export const resultQuery = (id: string) =>
  queryOptions({
    queryKey: ["executions", "result", id],
    queryFn: async ({ signal }) => {
      const response = await fetch(resultUrl(id), { signal });
      // The status is the function's own; a problem of ours names no execution.
      if (!response.ok && response.headers.get("pulse-execution-id") === null)
        throw await readProblem(response);
      return readAnswer(response);
    },
    staleTime: Number.POSITIVE_INFINITY,
  });

/** Reads an answer up to what is worth showing; the rest is not fetched. */
export async function readAnswer(response: Response): Promise<Answered> {
  const decoder = new TextDecoder();
  const type = response.headers.get("content-type") ?? "";
  const length = response.headers.get("content-length");
  let text = "";
  let bytes = 0;
  let isWhole = true;
  if (response.body !== null) {
    for await (const chunk of chunksOf(response.body)) {
      bytes += chunk.length;
      text += decoder.decode(chunk, { stream: true });
      if (bytes > shownMostBytes) {
        isWhole = false;
        break;
      }
    }
  }
  return {
    status: response.status,
    type,
    text: isWhole && type.includes("json") ? pretty(text) : text,
    bytes: length === null ? (isWhole ? bytes : null) : Number(length),
    isWhole,
  };
}

/** JSON with line breaks; anything else as it is. */
export function pretty(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

/** The problem code in a JSON answer of the platform, or null. */
export function problemCodeOf(text: string): string | null {
  try {
    const body: unknown = JSON.parse(text);
    return typeof body === "object" && body !== null && "code" in body && isProblemCode(body.code)
      ? body.code
      : null;
  } catch {
    return null;
  }
}
