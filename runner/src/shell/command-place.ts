import type { AttemptEnd, CommandJob, JobLink } from "../work.ts";
import type { OutputLink } from "./command-output.ts";

/** What a command may ask of the agent around it. */
export interface CommandLink extends OutputLink, Pick<JobLink, "secrets"> {}

/** Where commands run, and go on when this process ends. */
export interface CommandPlace {
  /** Finds what an earlier process of this runner left: what can be gone on with is returned, to be run; the rest is ended, and how it went is not known. */
  findLeft(say: (line: string) => void): Promise<CommandJob[]>;
  /** Ends a command of an earlier process that nobody wants any more. */
  endLeft(job: CommandJob): Promise<void>;
  /** Whether a command of an earlier process is to be gone on with. */
  isLeft(job: CommandJob): boolean;
  /** Leaves a command to the next process; false: it is none that could be gone on with. */
  leave(job: CommandJob): boolean;
  /** Runs a command to its end, or goes on with one of an earlier process; `signal` stops it. Null: it was left to the next process. */
  run(job: CommandJob, link: CommandLink, signal: AbortSignal): Promise<AttemptEnd | null>;
  /** Resolves when nothing runs any more: whoever ends the commands has aborted them. */
  stop(): Promise<void>;
}

/** Commands on the machine itself, those in images, and requests. */
export class CommandPlaces implements CommandPlace {
  readonly #machine: CommandPlace;
  readonly #images: CommandPlace;
  readonly #requests: CommandPlace;

  constructor(places: { machine: CommandPlace; images: CommandPlace; requests: CommandPlace }) {
    this.#machine = places.machine;
    this.#images = places.images;
    this.#requests = places.requests;
  }

  #of(job: CommandJob): CommandPlace {
    if (job.spec.work.is === "request") return this.#requests;
    return job.spec.image === null ? this.#machine : this.#images;
  }

  async findLeft(say: (line: string) => void): Promise<CommandJob[]> {
    return [...(await this.#machine.findLeft(say)), ...(await this.#images.findLeft(say))];
  }

  endLeft(job: CommandJob): Promise<void> {
    return this.#of(job).endLeft(job);
  }

  // Asked of whatever a gateway sends, before anything of its form is looked at.
  isLeft(job: CommandJob): boolean {
    return this.#machine.isLeft(job) || this.#images.isLeft(job);
  }

  leave(job: CommandJob): boolean {
    return this.#of(job).leave(job);
  }

  run(job: CommandJob, link: CommandLink, signal: AbortSignal): Promise<AttemptEnd | null> {
    return this.#of(job).run(job, link, signal);
  }

  async stop(): Promise<void> {
    await Promise.all([this.#machine.stop(), this.#images.stop(), this.#requests.stop()]);
  }
}
