import type { Ports } from "../../ports.ts";

/** What is told within this time is told once. */
const gatherMs = 1000;

/**
 * Carries the news of a pool's object to its project's control object: the first at once, then at most one a second, so that a busy
 * pool costs no request for each of its calls.
 */
export class NewsRelay {
  readonly #timer: Ports["timer"];
  readonly #send: (project: string) => Promise<void>;
  readonly #onLost: (cause: unknown) => void;
  /** Projects told within the last second, and whether there was more since. */
  readonly #told = new Map<string, boolean>();

  /** News that do not arrive are lost: whoever follows looks at the rows from time to time anyway. */
  constructor(
    timer: Ports["timer"],
    send: (project: string) => Promise<void>,
    onLost: (cause: unknown) => void,
  ) {
    this.#timer = timer;
    this.#send = send;
    this.#onLost = onLost;
  }

  tell(project: string): void {
    if (this.#told.has(project)) {
      this.#told.set(project, true);
      return;
    }
    this.#told.set(project, false);
    this.#send(project).catch(this.#onLost);
    this.#timer(gatherMs, () => {
      const more = this.#told.get(project);
      this.#told.delete(project);
      if (more) this.tell(project);
    });
  }
}
