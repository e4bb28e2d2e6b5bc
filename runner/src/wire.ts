import type { Readable } from "node:stream";
import { fillPath } from "@pulse/schema/client";
import type { Endpoint, Input, Output } from "@pulse/schema/endpoint";
import { isProblemCode, ProblemError, problemFromWire } from "@pulse/schema/problem";
import { type Dispatcher, EnvHttpProxyAgent, Agent as HttpAgent } from "undici";
import type * as z from "zod";

/** What one call carries. */
export interface WireInput<P = unknown, B = unknown> {
  params?: P;
  body?: B;
  /** A body that is sent as it is, instead of JSON. */
  raw?: Uint8Array | Readable;
  headers?: Record<string, string>;
  signal: AbortSignal;
}

const staleCodes: ReadonlySet<unknown> = new Set(["UND_ERR_SOCKET", "ECONNRESET", "EPIPE"]);

/** Endpoints of the contract over HTTP, on connections that are kept: turns every failure into a `ProblemError`. */
export class Wire {
  readonly #origin: string;
  #dispatcher: Dispatcher;

  constructor(origin: string) {
    this.#origin = origin;
    this.#dispatcher = dispatcherFor(origin);
  }

  /** Calls an endpoint and returns its JSON answer, parsed by the contract. */
  async call<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType, A extends z.ZodType>(
    endpoint: Endpoint<P, Q, B, A>,
    input: WireInput<Input<P>, Input<B>>,
  ): Promise<Output<A>> {
    const { body } = await this.send(endpoint as unknown as Endpoint, input);
    if (endpoint.answer === undefined) {
      await body.dump();
      return undefined as never;
    }
    let answer: unknown;
    try {
      answer = await body.json();
    } catch (cause) {
      input.signal.throwIfAborted();
      throw unreadable(this.#origin, "its answer broke off or is not JSON", cause);
    }
    const parsed = endpoint.answer.safeParse(answer);
    if (parsed.success) return parsed.data as Output<A>;
    const [issue] = parsed.error.issues;
    throw unreadable(
      this.#origin,
      `${endpoint.path} answered what the contract does not know, at ${issue?.path.join(".")}: ${issue?.message}`,
    );
  }

  /** Calls an endpoint; the answer's bytes are the caller's to read or to destroy. */
  async send(endpoint: Endpoint, input: WireInput): Promise<Dispatcher.ResponseData> {
    const headers: Record<string, string> = { accept: "application/json", ...input.headers };
    let body: string | Uint8Array | Readable | null = input.raw ?? null;
    if (input.raw === undefined && input.body !== undefined) {
      headers["content-type"] ??= "application/json";
      body = JSON.stringify(input.body);
    }
    const request: Dispatcher.RequestOptions = {
      origin: this.#origin,
      path: fillPath(endpoint.path, (input.params ?? {}) as Record<string, unknown>),
      method: endpoint.method,
      headers,
      body,
      signal: input.signal,
    };
    const response = await this.#request(request, input.signal, isReplayable(body));
    if (response.statusCode >= 200 && response.statusCode < 300) return response;
    throw await problemOf(response, this.#origin);
  }

  async #request(
    request: Dispatcher.RequestOptions,
    signal: AbortSignal,
    again: boolean,
  ): Promise<Dispatcher.ResponseData> {
    signal.throwIfAborted();
    try {
      return await this.#dispatcher.request(request);
    } catch (cause) {
      signal.throwIfAborted();
      // A kept connection that the other side closed just now. Every call of the protocol may be repeated: fences see to it.
      const code = typeof cause === "object" && cause !== null && "code" in cause ? cause.code : undefined;
      if (again && staleCodes.has(code)) return this.#request(request, signal, false);
      throw unreadable(this.#origin, "it could not be reached", cause);
    }
  }

  /** Lets go of every connection; the next call makes a new one. */
  async renew(): Promise<void> {
    const before = this.#dispatcher;
    this.#dispatcher = dispatcherFor(this.#origin);
    await before.destroy();
  }

  /** Ends every connection; what is under way fails. */
  async close(): Promise<void> {
    await this.#dispatcher.destroy();
  }
}

function isReplayable(body: string | Uint8Array | Readable | null): boolean {
  return body === null || typeof body === "string" || body instanceof Uint8Array;
}

function dispatcherFor(origin: string): Dispatcher {
  const options = {
    connect: { timeout: 10_000 },
    // The gateway holds polls and pipes bodies for as long as it takes; who calls sets the limit.
    headersTimeout: 0,
    bodyTimeout: 0,
    allowH2: false,
  };
  const { hostname } = new URL(origin);
  const isLocal = hostname === "localhost" || hostname === "[::1]" || hostname.startsWith("127.");
  return isLocal ? new HttpAgent(options) : new EnvHttpProxyAgent(options);
}

function unreadable(origin: string, what: string, cause?: unknown): ProblemError {
  const why = cause instanceof Error && cause.message !== "" ? ` (${cause.message})` : "";
  return new ProblemError("unavailable", `the gateway at ${origin}: ${what}${why}`, {
    ...(cause === undefined ? {} : { cause }),
    members: { unreachable: true },
  });
}

/** The problem of a refusal. An answer that is no problem document is not the gateway's: something stands between, and it may pass. */
async function problemOf(response: Dispatcher.ResponseData, origin: string): Promise<ProblemError> {
  const text = await response.body.text().catch(() => "");
  const after = retryAfterOf(response.headers["retry-after"]);
  let body: unknown = text;
  try {
    body = JSON.parse(text);
  } catch {
    // A proxy's page: its text goes into the message.
  }
  const isOurs = typeof body === "object" && body !== null && "code" in body && isProblemCode(body.code);
  if (isOurs) return problemFromWire(response.statusCode, body, after);
  return new ProblemError(
    "unavailable",
    `${origin} answered ${response.statusCode} without a problem: ${text.slice(0, 200)}`,
    after === undefined ? {} : { retryAfter: after },
  );
}

function retryAfterOf(header: string | string[] | undefined): number | undefined {
  const text = Array.isArray(header) ? header[0] : header;
  const seconds = text === undefined ? Number.NaN : Number(text);
  return Number.isFinite(seconds) && seconds >= 0 ? seconds : undefined;
}
