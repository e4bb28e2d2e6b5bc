import { type Client, createClient } from "@pulse/schema/client";
import type { Endpoint, Input, Output } from "@pulse/schema/endpoint";
import { ProblemError } from "@pulse/schema/problem";
import * as wire from "@pulse/schema/wire/runner-protocol";
import { Agent } from "undici";
import type * as z from "zod";
import { exchangeOver, within } from "./exchange.ts";
import { assertionOf, type Identity } from "./identity.ts";
import type { Link, LinkInput } from "./link.ts";
import { Pauses } from "./pauses.ts";
import { fetchWithin } from "./same-origin.ts";

const renewTokenBeforeMs = 60_000;
const callMostMs = 30_000;

/** The runner's side of the wire: the typed client, its access token, its epoch. */
export class GatewayLink implements Link {
  #identity: Identity;
  readonly #calls: Agent;
  readonly #client: Client;
  /** For answers that stream. */
  readonly #streams: Client;
  readonly #closed = new AbortController();
  /** Before calls are tried again. */
  readonly pauses = new Pauses();
  #token: { text: string; until: number } | null = null;
  #fetching: Promise<string> | null = null;
  #skewMs = 0;
  #epoch = 0;
  #onToken: (token: string) => void = () => undefined;
  /** Called before every call of the protocol is sent. */
  beforeCall: () => void = () => undefined;

  constructor(identity: Identity) {
    this.#identity = identity;
    this.#calls = new Agent({ connections: 64, headersTimeout: 0, bodyTimeout: 0, keepAliveTimeout: 60_000 });
    this.#client = this.#clientOver(exchangeOver(this.#calls));
    // undici's own fetch and the global one differ in their declarations only.
    const streaming = (url: string, init: object) => fetchWithin(url, { ...init, dispatcher: this.#calls });
    this.#streams = this.#clientOver(streaming as unknown as typeof globalThis.fetch);
  }

  #clientOver(send: typeof globalThis.fetch): Client {
    return createClient({ baseUrl: this.#identity.gateway, fetch: send });
  }

  /** Who this is from now on: after a rotation, the same runner with other keys. */
  set identity(identity: Identity) {
    this.#identity = identity;
  }

  /** The session's number, sent with every call from now on. */
  set epoch(epoch: number) {
    this.#epoch = epoch;
  }

  /** Calls an endpoint of the protocol; throws `ProblemError`, or `TimeoutError` after `mostMs`. A refused access token is replaced once. */
  async call<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType, A extends z.ZodType>(
    endpoint: Endpoint<P, Q, B, A>,
    input: LinkInput<Input<P>, Input<Q>, Input<B>>,
  ): Promise<Output<A>> {
    const { mostMs = callMostMs } = input;
    const send = (signal: AbortSignal) =>
      this.#authorised(
        { ...input, signal },
        (headers) => this.#client.call(endpoint, { ...input, headers, signal }) as Promise<Output<A>>,
      );
    return mostMs === null ? send(input.signal) : within(input.signal, mostMs, send);
  }

  /** The same, for an answer that is a stream of bytes; it may take as long as it takes. */
  async open<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType, A extends z.ZodType>(
    endpoint: Endpoint<P, Q, B, A>,
    input: LinkInput<Input<P>, Input<Q>, Input<B>>,
  ): Promise<Response> {
    return this.#authorised(input, (headers) => this.#streams.open(endpoint, { ...input, headers }));
  }

  /** Hears of every access token from now on, and of the one there is. */
  set onToken(listener: (token: string) => void) {
    this.#onToken = listener;
    if (this.#token !== null) listener(this.#token.text);
  }

  /** This token was refused: another one is fetched, if that was not done already. */
  replaceToken(refused: string, signal: AbortSignal): void {
    if (this.#token?.text === refused) this.#token = null;
    this.#accessToken(signal).then(this.#onToken, () => undefined);
  }

  async #authorised<T>(
    input: { headers?: Record<string, string>; fence?: number; raw?: unknown; signal: AbortSignal },
    send: (headers: Record<string, string>) => Promise<T>,
  ): Promise<T> {
    const headersOf = (token: string) => ({
      "pulse-protocol": String(wire.protocolVersion),
      "pulse-epoch": String(this.#epoch),
      ...(input.fence === undefined ? {} : { "pulse-fence": String(input.fence) }),
      authorization: `Bearer ${token}`,
      ...input.headers,
    });
    const token = await this.#accessToken(input.signal);
    this.beforeCall();
    input.signal.throwIfAborted();
    try {
      const answer = await send(headersOf(token));
      this.pauses.answered();
      return answer;
    } catch (error) {
      const expired = error instanceof ProblemError && error.code === "expired_credential";
      // A body that streams cannot be sent twice.
      if (!expired || input.raw instanceof ReadableStream) throw error;
      this.#token = null;
      return send(headersOf(await this.#accessToken(input.signal)));
    }
  }

  /** One fetch serves all who ask; whoever gives up leaves it to the others. */
  async #accessToken(signal: AbortSignal): Promise<string> {
    if (this.#token !== null && this.#token.until > performance.now()) return this.#token.text;
    this.#fetching ??= this.#fetchToken().finally(() => {
      this.#fetching = null;
    });
    signal.throwIfAborted();
    const gaveUp = Promise.withResolvers<never>();
    const giveUp = () => gaveUp.reject(signal.reason);
    signal.addEventListener("abort", giveUp, { once: true });
    return await Promise.race([this.#fetching, gaveUp.promise]).finally(() =>
      signal.removeEventListener("abort", giveUp),
    );
  }

  async #fetchToken(): Promise<string> {
    const signal = AbortSignal.any([this.#closed.signal, AbortSignal.timeout(callMostMs)]);
    const headers = { "pulse-protocol": String(wire.protocolVersion) };
    const { gateway, tokenUrl } = this.#identity;
    const ask = async () => {
      const audience = tokenUrl ?? `${gateway}/runner/v1/token`;
      const assertion = await assertionOf(this.#identity, audience, Date.now() + this.#skewMs);
      return this.#client.call(wire.token, { body: { assertion }, headers, signal });
    };
    const answer = await ask().catch((error: unknown) => {
      if (!(error instanceof ProblemError) || error.code !== "clock_skew") throw error;
      this.#skewMs = Number(error.extras.members?.serverTimeMs ?? Date.now()) - Date.now();
      return ask();
    });
    const { accessToken, expiresInMs } = answer;
    this.#onToken(accessToken);
    this.#token = { text: accessToken, until: performance.now() + expiresInMs - renewTokenBeforeMs };
    return accessToken;
  }

  /** Closes every connection. */
  async close(): Promise<void> {
    this.#closed.abort();
    await this.#calls.destroy();
  }
}
