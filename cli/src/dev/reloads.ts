import { ProblemError } from "@pulse/schema/problem";
import { deployProject, projectIn } from "../commands/deploy.ts";
import type { Session } from "../session.ts";
import { tailCalls } from "./tail-calls.ts";
import type { DevVoice } from "./voice.ts";
import type { Change } from "./watch-folder.ts";

/** Makes versions of a folder as it changes, and tails the calls of those it made. */
export class Reloads {
  readonly #session: Session;
  readonly #dir: string;
  readonly #alias: string;
  readonly #voice: DevVoice;
  readonly #made = new Set<number>();
  #serving: number | null = null;
  #hasFailed = false;
  #tail: { name: string; stop: AbortController; ended: Promise<void> } | null = null;

  constructor(session: Session, dir: string, alias: string, voice: DevVoice) {
    this.#session = session;
    this.#dir = dir;
    this.#alias = alias;
    this.#voice = voice;
  }

  /** The first version. Throws when there is no project, no gateway or no permission: nothing could follow. */
  async begin(): Promise<void> {
    const error = await this.follow({ paths: [], at: performance.now() });
    if (error !== null && !isOfTheCode(error)) throw error;
  }

  /** One reload, told of as it ended; what failed leaves the version before it serving, and is returned. */
  async follow({ paths, at }: Change): Promise<unknown> {
    const tookMs = () => Math.round(performance.now() - at);
    try {
      const project = projectIn(this.#session, this.#dir);
      this.#watchCallsOf(project.manifest.name);
      const { version } = await deployProject(this.#session, this.#dir, project, { alias: this.#alias });
      const isSame = this.#serving === version.version && !this.#hasFailed;
      this.#hasFailed = false;
      this.#serving = version.version;
      this.#made.add(version.version);
      if (!isSame)
        this.#voice.reloaded({ name: version.function, version: version.version, paths, ms: tookMs() });
      return null;
    } catch (error) {
      this.#hasFailed = true;
      if (this.#session.signal.aborted) return null;
      if (paths.length > 0 || isOfTheCode(error))
        this.#voice.failed({ error, paths, ms: tookMs(), serving: this.#serving });
      return error;
    }
  }

  #watchCallsOf(name: string): void {
    if (this.#tail?.name === name) return;
    this.#tail?.stop.abort();
    const stop = new AbortController();
    const { client, signal } = this.#session;
    const ended = tailCalls({
      client,
      name,
      isOurs: (version) => version !== null && this.#made.has(version),
      tell: (event) => this.#voice.tell(event),
      signal: AbortSignal.any([signal, stop.signal]),
    });
    this.#tail = { name, stop, ended };
  }

  /** Stops the tail. */
  async end(): Promise<void> {
    this.#tail?.stop.abort();
    await this.#tail?.ended;
  }
}

/** Whether the next save may mend it. */
function isOfTheCode(error: unknown): boolean {
  return error instanceof ProblemError && (error.status === 422 || error.code === "invalid_json");
}
