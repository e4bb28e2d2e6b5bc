import type { AlarmStorage } from "./bindings.ts";

/**
 * The alarm that wakes an evicted object. While the object lives, timers do what is due; the alarm only has to come some time after, so
 * it is never nearer than `everyMs`, and it is moved only to an earlier time: each move is a write that is paid for.
 */
export class Backstop {
  readonly #storage: AlarmStorage;
  readonly #everyMs: number;
  #at: number | null = null;

  constructor(storage: AlarmStorage, everyMs: number) {
    this.#storage = storage;
    this.#everyMs = everyMs;
  }

  /** Reads what the object left behind when it was last here. */
  async restore(): Promise<void> {
    this.#at = await this.#storage.getAlarm();
  }

  /** Something is due at this time (epoch ms): the alarm comes then, or `everyMs` from now if that is later. */
  async arm(dueAt: number): Promise<void> {
    const now = Date.now();
    // One that should have come long ago was given up by the platform, or still is on its way.
    if (this.#at !== null && this.#at < now - this.#everyMs) this.#at = await this.#storage.getAlarm();
    const at = Math.max(dueAt, now + this.#everyMs);
    if (this.#at !== null && this.#at <= at) return;
    this.#at = at;
    await this.#storage.setAlarm(at);
  }

  /** The alarm came: none is set now. */
  fired(): void {
    this.#at = null;
  }
}
