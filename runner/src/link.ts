import type { CallInput } from "@pulse/schema/client";
import type { Endpoint, Input, Output } from "@pulse/schema/endpoint";
import type * as z from "zod";
import type { Pauses } from "./pauses.ts";

/** A call of the runner protocol. `mostMs` bounds it (30 s unless told; null: no bound), for a dead connection answers nothing. */
export type LinkInput<P, Q, B> = CallInput<P, Q, B> & { fence?: number; mostMs?: number | null };

/** The way to the gateway, as the protocol's loops use it. */
export interface Link {
  /** Before calls are tried again. */
  readonly pauses: Pauses;
  /** The session's number, sent with every call from now on. */
  epoch: number;
  /** Hears of every access token from now on, and of the one there is. */
  onToken: (token: string) => void;
  /** Called before every call of the protocol is sent. */
  beforeCall: () => void;
  /** Calls an endpoint of the protocol; throws `ProblemError`, or `TimeoutError` after `mostMs`. */
  call<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType, A extends z.ZodType>(
    endpoint: Endpoint<P, Q, B, A>,
    input: LinkInput<Input<P>, Input<Q>, Input<B>>,
  ): Promise<Output<A>>;
  /** This token was refused: another one is fetched, if that was not done already. */
  replaceToken(refused: string, signal: AbortSignal): void;
  close(): Promise<void>;
}
