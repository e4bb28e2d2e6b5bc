import { setMaxListeners } from "node:events";
import type { IncomingHttpHeaders } from "node:http";
import { contentDigestOf } from "@pulse/schema/crc32c";
import type { Dispatcher } from "undici";
import { fetchWithin } from "./same-origin.ts";

type Init = {
  method: Dispatcher.HttpMethod;
  headers: Record<string, string>;
  body?: unknown;
  signal: AbortSignal;
};

/**
 * `fetch` for requests and answers that are whole texts, without its streams: a third of its processor time. What streams, and what is
 * redirected, goes through the real one.
 */
export function exchangeOver(dispatcher: Dispatcher): typeof globalThis.fetch {
  const send = async (url: string, init: Init): Promise<unknown> => {
    const { body } = init;
    // undici's own fetch takes everything that the client gives, but says so in other types.
    const whole = () => fetchWithin(url, { ...init, dispatcher } as never);
    if (body !== undefined && typeof body !== "string" && !(body instanceof Uint8Array)) return whole();
    const answer = await exchange(dispatcher, url, { ...init, body: body ?? null });
    return answer.status >= 301 && answer.status <= 308 && answer.status !== 304 ? whole() : answer;
  };
  // The client reads no more of an answer than `Answer` has.
  return send as unknown as typeof globalThis.fetch;
}

/** An answer that has arrived whole. */
class Answer {
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  readonly #bytes: Buffer;

  constructor(status: number, headers: IncomingHttpHeaders, bytes: Buffer) {
    this.status = status;
    this.#bytes = bytes;
    this.headers = { get: (name) => headers[name.toLowerCase()]?.toString() ?? null };
  }

  get ok(): boolean {
    return this.status >= 200 && this.status < 300;
  }

  async text(): Promise<string> {
    return this.#bytes.toString("utf8");
  }

  async json(): Promise<unknown> {
    return JSON.parse(await this.text());
  }

  async arrayBuffer(): Promise<Uint8Array> {
    return this.#bytes;
  }
}

function exchange(
  dispatcher: Dispatcher,
  url: string,
  init: Init & { body: string | Uint8Array | null },
): Promise<Answer> {
  const { signal } = init;
  const body = typeof init.body === "string" ? Buffer.from(init.body) : init.body;
  const headers = body === null ? init.headers : { ...init.headers, "content-digest": contentDigestOf(body) };
  const { origin, pathname, search } = new URL(url);
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    let controller: Dispatcher.DispatchController | null = null;
    let head: [number, IncomingHttpHeaders] = [0, {}];
    const chunks: Buffer[] = [];
    const stop = () => {
      reject(signal.reason);
      controller?.abort(asError(signal.reason));
    };
    const end = () => signal.removeEventListener("abort", stop);
    signal.addEventListener("abort", stop, { once: true });
    dispatcher.dispatch(
      {
        origin,
        path: pathname + search,
        method: init.method,
        headers,
        body,
      },
      {
        onRequestStart(started) {
          controller = started;
          if (signal.aborted) started.abort(asError(signal.reason));
        },
        onResponseStart(_, status, headers) {
          head = [status, headers];
        },
        onResponseData(_, chunk) {
          chunks.push(chunk);
        },
        onResponseEnd() {
          end();
          const answer = new Answer(
            ...head,
            chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks),
          );
          // undici uses a connection again only in the next turn: a call that follows at once would open another one.
          queueMicrotask(() => setImmediate(resolve, answer));
        },
        onResponseError(_, error) {
          end();
          reject(error);
        },
      },
    );
  });
}

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error(String(reason));
}

/** Bounds work by a signal and a time: its own signal fires with the reason of the first, or as `AbortSignal.timeout` would. */
export async function within<T>(
  signal: AbortSignal,
  mostMs: number,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const bound = new AbortController();
  const stop = () => bound.abort(signal.reason);
  if (signal.aborted) stop();
  const timer = setTimeout(() => {
    bound.abort(new DOMException("The operation was aborted due to timeout", "TimeoutError"));
  }, mostMs);
  setMaxListeners(0, signal);
  signal.addEventListener("abort", stop, { once: true });
  try {
    return await work(bound.signal);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", stop);
  }
}
