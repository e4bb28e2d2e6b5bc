import type { Readable } from "node:stream";
import type { Endpoint, Input, Output } from "@pulse/schema/endpoint";
import { ProblemError } from "@pulse/schema/problem";
import * as wire from "@pulse/schema/wire/runner-protocol";
import type * as z from "zod";
import { Access } from "./access.ts";
import { type Clock, deadline } from "./clock.ts";
import type { Identity } from "./identity.ts";
import { Wire, type WireInput } from "./wire.ts";

/** What a call of the protocol carries besides its parts: the fence of the execution it is about, and how long it may take. */
export type LinkInput<P = unknown, B = unknown> = WireInput<P, B> & { fence?: number; withinMs?: number };

const refusals: ReadonlySet<string> = new Set(["expired_credential", "invalid_credential"]);

/** The runner's side of the protocol: every call with its access token, its epoch and its fence. */
export class GatewayLink {
  readonly #clock: Clock;
  readonly #calls: Wire;
  readonly #renewals: Wire;
  readonly #access: Access;
  readonly #ended = new AbortController();
  #epoch = 0;

  constructor(identity: Identity, clock: Clock) {
    this.#clock = clock;
    this.#calls = new Wire(identity.gateway);
    // Renewals have a connection of their own: a full upload cannot starve the lease.
    this.#renewals = new Wire(identity.gateway);
    this.#access = new Access({ wire: this.#calls, identity, clock, ended: this.#ended.signal });
  }

  /** The session's number, sent with every call from now on. */
  set epoch(epoch: number) {
    this.#epoch = epoch;
  }

  /** Calls an endpoint of the protocol; throws `ProblemError`. A refused access token is replaced once. */
  call<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType, A extends z.ZodType>(
    endpoint: Endpoint<P, Q, B, A>,
    input: LinkInput<Input<P>, Input<B>>,
  ): Promise<Output<A>> {
    const over = (endpoint as unknown) === wire.renew ? this.#renewals : this.#calls;
    return this.#within(input, (within) =>
      this.#authorised(within, (headers) => over.call(endpoint, { ...within, headers })),
    );
  }

  /** The same, for an answer that is a stream of bytes: the reader's to read or to destroy. */
  async open<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType, A extends z.ZodType>(
    endpoint: Endpoint<P, Q, B, A>,
    input: LinkInput<Input<P>, Input<B>>,
  ): Promise<Readable> {
    const send = (headers: Record<string, string>) =>
      this.#calls.send(endpoint as unknown as Endpoint, { ...input, headers });
    return (await this.#authorised(input, send)).body;
  }

  /** The next renewal goes over a new connection. */
  renewAfresh(): Promise<void> {
    return this.#renewals.renew();
  }

  async #within<I extends LinkInput, T>(input: I, work: (input: I) => Promise<T>): Promise<T> {
    const { withinMs } = input;
    if (withinMs === undefined) return work(input);
    const late = () => new ProblemError("unavailable", `the gateway did not answer within ${withinMs} ms`);
    const limit = deadline(this.#clock, withinMs, late, input.signal);
    try {
      return await work({ ...input, signal: limit.signal });
    } finally {
      limit.clear();
    }
  }

  async #authorised<T>(
    input: LinkInput,
    send: (headers: Record<string, string>) => Promise<T>,
  ): Promise<T> {
    const token = await this.#token(input.signal);
    try {
      return await send(this.#headers(token, input));
    } catch (error) {
      const isRefused = error instanceof ProblemError && refusals.has(error.code);
      if (!isRefused) throw error;
      this.#access.refused(token);
      // A body that streams cannot be sent twice.
      if (input.raw !== undefined && !(input.raw instanceof Uint8Array)) throw error;
      return send(this.#headers(await this.#token(input.signal), input));
    }
  }

  /** The token is shared, so one caller's signal must not end the asking for it: it only stops waiting. */
  async #token(signal: AbortSignal): Promise<string> {
    signal.throwIfAborted();
    const asked = this.#access.token();
    const gone = Promise.withResolvers<never>();
    const onAbort = () => gone.reject(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
    try {
      return await Promise.race([asked, gone.promise]);
    } finally {
      signal.removeEventListener("abort", onAbort);
    }
  }

  #headers(token: string, { fence, headers }: LinkInput): Record<string, string> {
    return {
      "pulse-protocol": String(wire.protocolVersion),
      "pulse-epoch": String(this.#epoch),
      ...(fence === undefined ? {} : { "pulse-fence": String(fence) }),
      authorization: `Bearer ${token}`,
      ...headers,
    };
  }

  /** Closes every connection; what is under way fails. */
  async close(): Promise<void> {
    this.#ended.abort(new ProblemError("unavailable", "the runner has ended"));
    await Promise.all([this.#calls.close(), this.#renewals.close()]);
  }
}
