import type { Ports } from "../../ports.ts";
import { WorkflowEngine } from "./engine.ts";
import type { Outside } from "./outside.ts";

/** Ends of executions that come at once are looked at together. */
const gatherMs = 5;
/** What could not be looked at is looked at again. */
const retryMs = 1000;
/** When something else is due anyway, it also looks for words that were lost. */
const lookAgainMs = 60_000;

/** Has the engine look when something changed, one look at a time. */
export class WorkflowKeeper {
  readonly #ports: Ports;
  readonly #engine: WorkflowEngine;
  readonly #wakeAt: (ms: number) => void;
  readonly #onLook: () => void;
  #looking: Promise<number | null> | null = null;
  #isStale = false;
  /** When there is something to do next, and when it looked last; epoch milliseconds. */
  #dueAt = 0;
  #lookedAt = 0;
  #cancelTimer: (() => void) | null = null;

  constructor(options: {
    ports: Ports;
    outside: Outside;
    /** Asks for a tick at this time at the latest. */
    wakeAt: (ms: number) => void;
    /** A run of the project changed. */
    onWritten: (project: string) => void;
    /** Hears before it looks: what it finds must be gone on with, whatever happens to this process. */
    onLook?: () => void;
    /** The only project whose runs it moves; null or absent: those of all. */
    project?: string | null;
  }) {
    const { ports, outside, wakeAt, onWritten, onLook = () => undefined, project = null } = options;
    this.#onLook = onLook;
    this.#ports = ports;
    this.#wakeAt = wakeAt;
    const heard = { onWritten, onMore: () => this.look() };
    this.#engine = new WorkflowEngine({ ports, outside, heard, project });
  }

  /** An execution that a run asked for has ended. */
  stepEnded(): void {
    if (this.#cancelTimer !== null) return;
    this.#cancelTimer = this.#ports.timer(gatherMs, () => {
      this.#cancelTimer = null;
      this.look();
    });
  }

  /** Somebody wrote to a run. */
  look(): void {
    const look = async () => {
      try {
        const next = await this.#lookNow();
        if (next !== null) this.#wakeAt(next);
      } catch (error) {
        this.#wakeAt(this.#ports.now() + retryMs);
        throw error;
      }
    };
    this.#ports.background(look());
  }

  /** Does what is due; returns when the next thing is (epoch ms), or null. */
  async tick(): Promise<number | null> {
    const now = this.#ports.now();
    if (now >= this.#dueAt || now >= this.#lookedAt + lookAgainMs) return await this.#lookNow();
    return this.#dueAt === Number.POSITIVE_INFINITY ? null : this.#dueAt;
  }

  /** What changes while it looks is looked at again. */
  async #lookNow(): Promise<number | null> {
    this.#isStale = true;
    this.#looking ??= this.#run().finally(() => {
      this.#looking = null;
    });
    return await this.#looking;
  }

  /** Ends every wait. */
  stop(): void {
    this.#cancelTimer?.();
    this.#engine.stop();
  }

  async #run(): Promise<number | null> {
    let next: number | null = null;
    this.#dueAt = 0;
    while (this.#isStale) {
      this.#isStale = false;
      this.#onLook();
      next = await this.#engine.tick();
    }
    this.#lookedAt = this.#ports.now();
    this.#dueAt = next ?? Number.POSITIVE_INFINITY;
    return next;
  }
}
