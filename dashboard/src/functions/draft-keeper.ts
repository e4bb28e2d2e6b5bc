import { ProblemError } from "@pulse/schema/problem";
import type { DraftBody } from "@pulse/schema/wire/drafts";

/**
 * How a draft stands to the one on the server. `unsaved`: it will be written in a moment. `offline`: the gateway did not answer, the draft is kept
 * here and tried again. `conflict`: somebody else wrote meanwhile, and a person decides. `refused`: the gateway will not have it as it is.
 */
export type KeepState = "saved" | "unsaved" | "saving" | "offline" | "conflict" | "refused";

/** What a keeper tells whoever shows it. */
export interface Kept {
  state: KeepState;
  /** When the server had it last, epoch milliseconds; null: never in this visit. */
  savedAt: number | null;
  error: unknown;
}

/** Writes a draft over the given revision (null: over none); answers the new one. Throws `precondition_failed` when another stands there. */
export type WriteDraft = (
  body: DraftBody,
  over: number | null | "any",
  signal: AbortSignal,
) => Promise<number>;

const restMs = 800;
const againMs = 3000;
const writeMs = 30_000;

/**
 * Keeps one draft on the server while somebody writes: a moment after the last change, one write at a time, over the revision it knows. What was
 * not written stays here, so nothing typed is lost while the page lives.
 */
export class DraftKeeper {
  readonly #write: WriteDraft;
  readonly #tell: (kept: Kept) => void;
  #revision: number | null;
  #waiting: DraftBody | null = null;
  #writing: Promise<void> | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #kept: Kept = { state: "saved", savedAt: null, error: null };

  constructor(revision: number | null, write: WriteDraft, tell: (kept: Kept) => void) {
    this.#revision = revision;
    this.#write = write;
    this.#tell = tell;
  }

  /** The revision on the server as far as this side knows; null: there is none. */
  get revision(): number | null {
    return this.#revision;
  }

  get state(): KeepState {
    return this.#kept.state;
  }

  /** What is not written yet; null: everything is. */
  get unwritten(): DraftBody | null {
    return this.#waiting;
  }

  /** Takes the draft as it is now. In a conflict it is only kept, until somebody decides. */
  edit(body: DraftBody): void {
    this.#waiting = body;
    if (this.#kept.state === "conflict") return;
    if (this.#writing === null) this.#become("unsaved");
    this.#in(restMs);
  }

  /** Writes now what is not written yet; true when the server has everything. */
  async flush(): Promise<boolean> {
    clearTimeout(this.#timer);
    await this.#writing;
    if (this.#waiting !== null && this.#kept.state !== "conflict") await this.#writeNow(this.#revision);
    return this.#kept.state === "saved";
  }

  /** Ends a conflict by writing this draft over the other one. */
  async insist(): Promise<boolean> {
    if (this.#waiting !== null) await this.#writeNow("any");
    return this.#kept.state === "saved";
  }

  /** Ends whatever was: the server's draft is the one that stands here now. */
  accept(revision: number | null): void {
    clearTimeout(this.#timer);
    this.#waiting = null;
    this.#revision = revision;
    this.#become("saved");
  }

  /** Writes what is left and then does nothing more by itself. */
  async close(): Promise<void> {
    await this.flush();
    clearTimeout(this.#timer);
  }

  #in(ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.flush(), ms);
  }

  #writeNow(over: number | null | "any"): Promise<void> {
    this.#writing ??= this.#attempt(over).finally(() => {
      this.#writing = null;
    });
    return this.#writing;
  }

  async #attempt(over: number | null | "any"): Promise<void> {
    const body = this.#waiting;
    if (body === null) return;
    this.#become("saving");
    try {
      this.#revision = await this.#write(body, over, AbortSignal.timeout(writeMs));
      // Typed while it was on its way: the rest follows.
      if (this.#waiting === body) this.#waiting = null;
      this.#become(this.#waiting === null ? "saved" : "unsaved", null, Date.now());
      if (this.#waiting !== null) this.#in(restMs);
    } catch (error) {
      const state = stateAfter(error);
      this.#become(state, error);
      if (state === "offline") this.#in(againMs);
    }
  }

  #become(state: KeepState, error: unknown = null, savedAt = this.#kept.savedAt): void {
    this.#kept = { state, error, savedAt };
    this.#tell(this.#kept);
  }
}

function stateAfter(error: unknown): "conflict" | "refused" | "offline" {
  if (!(error instanceof ProblemError)) return "offline";
  if (error.code === "precondition_failed") return "conflict";
  return error.status >= 500 ? "offline" : "refused";
}
