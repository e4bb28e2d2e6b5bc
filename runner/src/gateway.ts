import { type CallInput, type Client, createClient } from "@pulse/schema/client";
import type { Endpoint, Input, Output } from "@pulse/schema/endpoint";
import { ProblemError } from "@pulse/schema/problem";
import * as wire from "@pulse/schema/wire/runner-protocol";
import { Agent, fetch } from "undici";
import type * as z from "zod";
import { assertionOf, type Identity } from "./identity.ts";

const renewBeforeMs = 60_000;

/** The runner's side of the wire: the typed client, its access token, its epoch. */
export class GatewayLink {
  readonly #identity: Identity;
  readonly #client: Client;
  readonly #renewClient: Client;
  readonly #agents: Agent[];
  #token: { text: string; until: number } | null = null;
  #fetching: Promise<string> | null = null;
  #skewMs = 0;
  #epoch = 0;

  constructor(identity: Identity) {
    this.#identity = identity;
    // Renewals have a connection of their own: a full upload cannot starve the lease.
    const calls = new Agent({ connections: 64, headersTimeout: 0, bodyTimeout: 0, keepAliveTimeout: 60_000 });
    const renewals = new Agent({ connections: 1, headersTimeout: 4000 });
    this.#agents = [calls, renewals];
    this.#client = this.#clientOver(calls);
    this.#renewClient = this.#clientOver(renewals);
  }

  #clientOver(dispatcher: Agent): Client {
    return createClient({
      baseUrl: this.#identity.gateway,
      // undici's own fetch and the global one differ in their declarations only.
      fetch: ((url: string, init: object) =>
        fetch(url, { ...init, dispatcher })) as unknown as typeof globalThis.fetch,
    });
  }

  /** The session's number, sent with every call from now on. */
  set epoch(epoch: number) {
    this.#epoch = epoch;
  }

  /** Calls an endpoint of the protocol; throws `ProblemError`. A refused access token is replaced once. */
  async call<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType, A extends z.ZodType>(
    endpoint: Endpoint<P, Q, B, A>,
    input: CallInput<Input<P>, Input<Q>, Input<B>> & { fence?: number },
  ): Promise<Output<A>> {
    const client = (endpoint as unknown) === wire.renew ? this.#renewClient : this.#client;
    return this.#authorised(
      input,
      (headers) => client.call(endpoint, { ...input, headers }) as Promise<Output<A>>,
    );
  }

  /** The same, for an answer that is a stream of bytes. */
  async open<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType, A extends z.ZodType>(
    endpoint: Endpoint<P, Q, B, A>,
    input: CallInput<Input<P>, Input<Q>, Input<B>> & { fence?: number },
  ): Promise<Response> {
    return this.#authorised(input, (headers) => this.#client.open(endpoint, { ...input, headers }));
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
    try {
      return await send(headersOf(token));
    } catch (error) {
      const expired = error instanceof ProblemError && error.code === "expired_credential";
      // A body that streams cannot be sent twice.
      if (!expired || input.raw instanceof ReadableStream) throw error;
      this.#token = null;
      return send(headersOf(await this.#accessToken(input.signal)));
    }
  }

  #accessToken(signal: AbortSignal): Promise<string> {
    if (this.#token !== null && this.#token.until > performance.now())
      return Promise.resolve(this.#token.text);
    this.#fetching ??= this.#fetchToken(signal).finally(() => {
      this.#fetching = null;
    });
    return this.#fetching;
  }

  async #fetchToken(signal: AbortSignal): Promise<string> {
    const ask = async () => {
      const audience = `${this.#identity.gateway}/runner/v1/token`;
      const assertion = await assertionOf(this.#identity, audience, Date.now() + this.#skewMs);
      const headers = { "pulse-protocol": String(wire.protocolVersion) };
      return this.#client.call(wire.token, { body: { assertion }, headers, signal });
    };
    const answer = await ask().catch((error: unknown) => {
      if (!(error instanceof ProblemError) || error.code !== "clock_skew") throw error;
      this.#skewMs = Number(error.extras.members?.serverTimeMs ?? Date.now()) - Date.now();
      return ask();
    });
    this.#token = { text: answer.accessToken, until: performance.now() + answer.expiresInMs - renewBeforeMs };
    return answer.accessToken;
  }

  /** Closes every connection. */
  async close(): Promise<void> {
    await Promise.all(this.#agents.map((agent) => agent.destroy()));
  }
}
