import { createHash } from "node:crypto";
import { Masker } from "./masker.ts";

const keptMost = 32;

/** Maskers of the secrets that were used last: job after job has the same. Known by a digest of the values. */
export class MaskerShelf {
  readonly #kept = new Map<string, Masker>();

  /** What hides these values; null: there are none. */
  of(values: readonly string[]): Masker | null {
    if (values.length === 0) return null;
    const key = createHash("sha256").update(JSON.stringify(values)).digest("base64");
    const masker = this.#kept.get(key) ?? new Masker(values);
    // The last used stands last.
    this.#kept.delete(key);
    this.#kept.set(key, masker);
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > keptMost && oldest !== undefined) this.#kept.delete(oldest);
    return masker;
  }

  /** A text without any of the values that were used last. */
  hide(text: string): string {
    let hidden = text;
    for (const masker of this.#kept.values()) hidden = masker.text(hidden);
    return hidden;
  }
}
