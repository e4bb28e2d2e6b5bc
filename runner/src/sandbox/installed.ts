const mostKept = 500;

/** Which stored dependencies a build key stands for, within a project: what was installed for a lock is not installed again while this runner lives. */
export class Installed {
  readonly #digests = new Map<string, string>();
  readonly #running = new Map<string, Promise<unknown>>();

  /** The digest of the stored dependencies, or null. */
  find(project: string, buildKey: string): string | null {
    return this.#digests.get(`${project}/${buildKey}`) ?? null;
  }

  /** Remembers what was installed and stored; the oldest is forgotten first. */
  keep(project: string, buildKey: string, sha256: string): void {
    this.#digests.set(`${project}/${buildKey}`, sha256);
    const [oldest] = this.#digests.keys();
    if (this.#digests.size > mostKept && oldest !== undefined) this.#digests.delete(oldest);
  }

  /** Runs `work` when no other work for the same key does: one that comes later finds what the first one kept. Throws the signal's reason when that comes first. */
  async alone<Made>(
    project: string,
    buildKey: string,
    work: () => Promise<Made>,
    signal: AbortSignal,
  ): Promise<Made> {
    const key = `${project}/${buildKey}`;
    for (let other = this.#running.get(key); other !== undefined; other = this.#running.get(key)) {
      await settledOr(other, signal);
    }
    const running = work();
    const settled = running.then(
      () => undefined,
      () => undefined,
    );
    this.#running.set(key, settled);
    try {
      return await running;
    } finally {
      this.#running.delete(key);
    }
  }
}

/** Resolves when `other` has settled; throws the signal's reason when that comes first. */
function settledOr(other: Promise<unknown>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const leave = () => reject(signal.reason);
    if (signal.aborted) return leave();
    signal.addEventListener("abort", leave, { once: true });
    void other.then(() => {
      signal.removeEventListener("abort", leave);
      resolve();
    });
  });
}
