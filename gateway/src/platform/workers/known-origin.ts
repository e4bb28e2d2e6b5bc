import type { ObjectState } from "./bindings.ts";

/** Names the origin that callers reach the gateway under, on requests of the Worker to an object. */
export const originHeader = "pulse-origin";

const key = "origin";
const unknown = "http://localhost";

/**
 * The gateway's own address as an object knows it, which hears of no request itself: the one that was configured, else the one of the last
 * request on which the Worker told it something, which only requests do that proved who they are from.
 */
export class KnownOrigin {
  readonly #configured: string | null;
  readonly #storage: Pick<ObjectState["storage"], "get" | "put">;
  #heard: string | null = null;

  constructor(configured: string | null, storage: Pick<ObjectState["storage"], "get" | "put">) {
    this.#configured = configured;
    this.#storage = storage;
  }

  /** The address; `http://localhost` as long as nobody told any. */
  get url(): string {
    return this.#configured ?? this.#heard ?? unknown;
  }

  /** Takes up what was heard before the object was evicted. */
  async restore(): Promise<void> {
    const kept = await this.#storage.get(key);
    if (typeof kept === "string") this.#heard ??= kept;
  }

  /** A request told an origin; null: it told none. */
  async hear(origin: string | null): Promise<void> {
    if (this.#configured !== null || origin === null || origin === this.#heard) return;
    if (!URL.canParse(origin) || new URL(origin).origin !== origin) return;
    this.#heard = origin;
    await this.#storage.put(key, origin);
  }
}
