import { setTimeout as sleep } from "node:timers/promises";
import type Docker from "dockerode";

const askEveryMs = 500;
const askMostMs = 3000;

/**
 * Whether the engine answers. It is not asked as long as all goes well: whoever meets an engine that is not there says so with `suspect`, and
 * from then on it is asked until it answers again. Meanwhile the runner takes no work.
 */
export class EngineWatch {
  readonly #docker: Docker;
  readonly #log: (line: string) => void;
  #isAway = false;
  #isAsking = false;
  #isStopped = false;
  #onChange: () => void = () => undefined;

  constructor(docker: Docker, log: (line: string) => void) {
    this.#docker = docker;
    this.#log = log;
  }

  get isAway(): boolean {
    return this.#isAway;
  }

  /** Calls back when it went away or came back. */
  onChange(callback: () => void): void {
    this.#onChange = callback;
  }

  /** Something failed as it does when there is no engine. */
  suspect(): void {
    if (this.#isAsking) return;
    this.#isAsking = true;
    void this.#ask().finally(() => {
      this.#isAsking = false;
    });
  }

  stop(): void {
    this.#isStopped = true;
  }

  async #ask(): Promise<void> {
    while (!this.#isStopped) {
      const answers = await Promise.race([
        this.#docker.ping().then(
          () => true,
          () => false,
        ),
        sleep(askMostMs, false, { ref: false }),
      ]);
      if (answers === this.#isAway) {
        this.#isAway = !answers;
        this.#log(
          answers ? "the Docker engine answers again" : "the Docker engine does not answer; waiting for it",
        );
        this.#onChange();
      }
      if (answers) return;
      await sleep(askEveryMs, undefined, { ref: false });
    }
  }
}

/** Whether an error is one of the connection to the engine, not an answer of it. */
export function isConnectionError(error: unknown): boolean {
  return (
    error instanceof Error && !("statusCode" in error) && "code" in error && typeof error.code === "string"
  );
}
