import { readProblem } from "@pulse/schema/client";
import type { Endpoint } from "@pulse/schema/endpoint";
import { ProblemError } from "@pulse/schema/problem";
import { askItself } from "../http/ask-itself.ts";
import type { PulseApp } from "../http/context.ts";
import { gather } from "../http/gather.ts";
import { apiRequest } from "../mcp/api-request.ts";
import type { Asker } from "./fields.ts";

/** What the answer to one field has at most, in bytes. */
const answerMost = 4 * 2 ** 20;

/** Whose document it is. */
export interface Sender {
  request: Request;
  requestId: string;
}

/** Asks for the fields of a document as its sender: each is a request of its own, authorised, counted and audited as if it had come by itself. */
export function askerFor(app: PulseApp, { request, requestId }: Sender): Asker {
  const by = { request, requestId, isCounted: false, without: ["idempotency-key", "prefer"] };
  return {
    async ask(endpoint, given) {
      const asked = requestFor(endpoint, given, request);
      const response = await askItself(app, by, asked);
      if (!response.ok) throw await readProblem(response);
      return await answerOf(endpoint, response);
    },
  };
}

function requestFor(endpoint: Endpoint, given: Readonly<Record<string, unknown>>, by: Request): Request {
  const { idempotencyKey, ...others } = given;
  // An argument that is null is one that is not given.
  const present = Object.fromEntries(Object.entries(others).filter(([, value]) => value !== null));
  const { method, target, body } = apiRequest(endpoint, present);
  const url = new URL(target, by.url);
  // What was asked for is one route; nothing in an argument makes it another.
  if (url.pathname !== target.split("?", 1)[0])
    throw new ProblemError("bad_request", "an argument is no name");
  const headers = new Headers({ accept: "application/json" });
  if (typeof idempotencyKey === "string") headers.set("idempotency-key", idempotencyKey);
  if (body === undefined) return new Request(url, { method, headers, signal: by.signal });
  headers.set("content-type", "application/json");
  return new Request(url, { method, headers, signal: by.signal, body: JSON.stringify(body) });
}

/** The JSON of an answer; of an endpoint without one, that it is done. */
async function answerOf({ answer, path }: Endpoint, response: Response): Promise<unknown> {
  if (answer === undefined || response.status === 204 || response.body === null) {
    await response.body?.cancel();
    return true;
  }
  const type = response.headers.get("content-type") ?? "";
  if (!/^application\/json\b/i.test(type)) {
    await response.body.cancel();
    throw new ProblemError("bad_request", `${path} answers ${type} to this, and a field has JSON only`);
  }
  const bytes = await gather(response.body, answerMost, (bound) => {
    return new ProblemError("payload_too_large", `the answer has more than ${bound} bytes`, {
      hint: "ask for less: a smaller limit, or over the API itself",
    });
  });
  return JSON.parse(new TextDecoder().decode(bytes));
}
