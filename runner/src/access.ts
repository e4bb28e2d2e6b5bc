import { ProblemError } from "@pulse/schema/problem";
import * as wire from "@pulse/schema/wire/runner-protocol";
import { type Clock, deadline } from "./clock.ts";
import { assertionOf, type Identity } from "./identity.ts";
import type { Wire } from "./wire.ts";

/** A token is replaced in the background when it has less than this left, and waited for when it has less than `leastMs`. */
const soonMs = 120_000;
const leastMs = 15_000;
const askMostMs = 10_000;

/** The runner's access token (RFC 7523): fetched with a signed assertion, replaced before it expires, shared by all calls. */
export class Access {
  readonly #wire: Wire;
  readonly #identity: Identity;
  readonly #clock: Clock;
  readonly #ended: AbortSignal;
  #token: { text: string; until: number } | null = null;
  #asking: Promise<string> | null = null;
  /** The gateway's time less ours, once it is known. */
  #skewMs = 0;

  constructor(options: { wire: Wire; identity: Identity; clock: Clock; ended: AbortSignal }) {
    this.#wire = options.wire;
    this.#identity = options.identity;
    this.#clock = options.clock;
    this.#ended = options.ended;
  }

  /** A token that is good now. Throws `invalid_credential` when the runner is not known any more. */
  async token(): Promise<string> {
    const left = this.#token === null ? 0 : this.#token.until - this.#clock.monotonic();
    if (this.#token !== null && left > leastMs) {
      // Whoever asks while it is still good need not wait; a failure shows when it is not.
      if (left < soonMs) this.#ask().catch(() => undefined);
      return this.#token.text;
    }
    return this.#ask();
  }

  /** The gateway refused this token: the next call gets another. */
  refused(text: string): void {
    if (this.#token?.text === text) this.#token = null;
  }

  #ask(): Promise<string> {
    this.#asking ??= this.#fetch().finally(() => {
      this.#asking = null;
    });
    return this.#asking;
  }

  async #fetch(): Promise<string> {
    const { gateway, tokenUrl } = this.#identity;
    const own = `${gateway}/runner/v1/token`;
    try {
      return await this.#fetchFor(tokenUrl ?? own);
    } catch (error) {
      // The gateway's public address may have changed since it was told.
      const isRefused = error instanceof ProblemError && error.code === "invalid_credential";
      if (!isRefused || tokenUrl === undefined || tokenUrl === own) throw error;
      return this.#fetchFor(own);
    }
  }

  async #fetchFor(audience: string): Promise<string> {
    try {
      return await this.#exchange(audience);
    } catch (error) {
      if (!(error instanceof ProblemError) || error.code !== "clock_skew") throw error;
      const theirs = Number(error.extras.members?.serverTimeMs);
      if (!Number.isFinite(theirs)) throw error;
      this.#skewMs = theirs - this.#clock.now();
      return this.#exchange(audience);
    }
  }

  async #exchange(audience: string): Promise<string> {
    const assertion = await assertionOf(this.#identity, audience, this.#clock.now() + this.#skewMs);
    const sentAt = this.#clock.monotonic();
    const late = () => new ProblemError("unavailable", "the gateway gave no access token within 10 s");
    const limit = deadline(this.#clock, askMostMs, late, this.#ended);
    try {
      const answer = await this.#wire.call(wire.token, {
        body: { assertion },
        headers: { "pulse-protocol": String(wire.protocolVersion) },
        signal: limit.signal,
      });
      this.#skewMs = answer.serverTimeMs - this.#clock.now();
      this.#token = { text: answer.accessToken, until: sentAt + answer.expiresInMs };
      return answer.accessToken;
    } finally {
      limit.clear();
    }
  }
}
