import type { Ports } from "../../ports.ts";

/** How what is told within some time is told once. */
interface Line {
  gatherMs: number;
  quiet: boolean;
  /** Projects told within that time, and whether there was more since. */
  told: Map<string, boolean>;
}

/**
 * Carries the news of a pool's object to its project's control object: the first at once, then at most one a second, so that a busy
 * pool costs no request for each of its calls. That a step of a workflow has ended does not wait for that second.
 */
export class NewsRelay {
  readonly #timer: Ports["timer"];
  readonly #send: (project: string, quiet: boolean) => Promise<void>;
  readonly #onLost: (cause: unknown) => void;
  readonly #news: Line = { gatherMs: 1000, quiet: true, told: new Map() };
  readonly #steps: Line = { gatherMs: 50, quiet: false, told: new Map() };

  /** News that do not arrive are lost: whoever follows looks at the rows from time to time anyway. */
  constructor(
    timer: Ports["timer"],
    send: (project: string, quiet: boolean) => Promise<void>,
    onLost: (cause: unknown) => void,
  ) {
    this.#timer = timer;
    this.#send = send;
    this.#onLost = onLost;
  }

  /** Something of the project changed; `isStep`: an execution that a workflow asked for has ended. */
  tell(project: string, isStep = false): void {
    this.#tell(isStep ? this.#steps : this.#news, project);
  }

  #tell(line: Line, project: string): void {
    const { told, gatherMs, quiet } = line;
    if (told.has(project)) {
      told.set(project, true);
      return;
    }
    told.set(project, false);
    this.#send(project, quiet).catch(this.#onLost);
    this.#timer(gatherMs, () => {
      const more = told.get(project);
      told.delete(project);
      if (more) this.#tell(line, project);
    });
  }
}
