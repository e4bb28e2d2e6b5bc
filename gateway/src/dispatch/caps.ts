/** Counts running work by cap key, in memory; a hub that starts counts the rows that runners hold. */
export class Caps {
  readonly #active = new Map<string, number>();

  count(key: string): number {
    return this.#active.get(key) ?? 0;
  }

  take(key: string | null): void {
    if (key !== null) this.#active.set(key, this.count(key) + 1);
  }

  free(key: string | null): void {
    if (key === null) return;
    const left = this.count(key) - 1;
    if (left > 0) this.#active.set(key, left);
    else this.#active.delete(key);
  }
}
