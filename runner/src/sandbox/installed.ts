const mostKept = 500;

/** Which stored dependencies a build key stands for, within a project: what was installed for a lock is not installed again while this runner lives. */
export class Installed {
  readonly #digests = new Map<string, string>();

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
}
