import type * as z from "zod";
import type { Endpoint } from "./endpoint.ts";
import { ProblemError, problemFromWire } from "./problem.ts";

export interface ClientOptions {
  /** Origin of the gateway, without a trailing slash. */
  baseUrl: string;
  /** Headers of every call, such as `authorization`. */
  headers?: () => Record<string, string> | Promise<Record<string, string>>;
  fetch?: typeof globalThis.fetch;
}

export interface CallInput<P, Q, B> {
  params?: P;
  query?: Q;
  body?: B;
  /** A body that is sent as it is, instead of JSON. */
  raw?: BodyInit;
  headers?: Record<string, string>;
  signal: AbortSignal;
}

type Part<T extends z.ZodType> = z.input<T>;

export interface Client {
  /** Calls an endpoint and returns its JSON answer; throws `ProblemError` for every non-2xx and when the gateway cannot be reached. */
  call<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType, A extends z.ZodType>(
    endpoint: Endpoint<P, Q, B, A>,
    input: CallInput<Part<P>, Part<Q>, Part<B>>,
  ): Promise<z.output<A>>;
  /** The same, but the answer is the `Response` itself (streams, bytes); still throws for a non-2xx. */
  open<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType, A extends z.ZodType>(
    endpoint: Endpoint<P, Q, B, A>,
    input: CallInput<Part<P>, Part<Q>, Part<B>>,
  ): Promise<Response>;
}

/** Fills `:name` parameters into a path, each encoded. */
export function fillPath(path: string, params: Record<string, unknown>): string {
  return path.replace(/:([a-zA-Z0-9]+)/g, (_, name: string) =>
    encodeURIComponent(String(params[name] ?? "")),
  );
}

function queryText(query: Record<string, unknown>): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value === undefined || value === null) continue;
    for (const one of Array.isArray(value) ? value : [value]) search.append(name, String(one));
  }
  const text = search.toString();
  return text === "" ? "" : `?${text}`;
}

/** Reads a failed answer into the problem it carries. */
export async function readProblem(response: Response): Promise<ProblemError> {
  const text = await response.text().catch(() => "");
  const retryAfter = Number(response.headers.get("retry-after") ?? Number.NaN);
  let body: unknown = text;
  try {
    body = JSON.parse(text);
  } catch {
    // Not a problem document: a proxy's page, say. The text goes into the message.
  }
  return problemFromWire(response.status, body, Number.isFinite(retryAfter) ? retryAfter : undefined);
}

/** A typed client over the contract. */
export function createClient(options: ClientOptions): Client {
  const send = options.fetch ?? globalThis.fetch;

  async function open(target: Endpoint, input: CallInput<unknown, unknown, unknown>): Promise<Response> {
    const path = fillPath(target.path, (input.params ?? {}) as Record<string, unknown>);
    const url = options.baseUrl + path + queryText((input.query ?? {}) as Record<string, unknown>);
    const headers: Record<string, string> = {
      accept: "application/json",
      ...(await options.headers?.()),
      ...input.headers,
    };
    let body: BodyInit | undefined = input.raw;
    if (body === undefined && input.body !== undefined) {
      headers["content-type"] ??= "application/json";
      body = JSON.stringify(input.body);
    }
    let response: Response;
    try {
      const init = {
        method: target.method,
        headers,
        signal: input.signal,
        ...(body === undefined ? {} : { body, duplex: "half" }),
      };
      response = await send(url, init as RequestInit);
    } catch (cause) {
      if (input.signal.aborted) throw input.signal.reason;
      throw new ProblemError("unavailable", `the gateway at ${options.baseUrl} could not be reached`, {
        cause,
        members: { unreachable: true },
      });
    }
    if (!response.ok && response.status !== 304) throw await readProblem(response);
    return response;
  }

  return {
    open: (target, input) => open(target as Endpoint, input),
    async call(target, input) {
      const response = await open(target as Endpoint, input);
      if (target.answer !== undefined && response.status !== 204 && response.status !== 304) {
        return (await response.json()) as never;
      }
      // An endpoint without an answer has nothing to parse; the body is read so that the connection is free again.
      await response.arrayBuffer();
      return undefined as never;
    },
  };
}
