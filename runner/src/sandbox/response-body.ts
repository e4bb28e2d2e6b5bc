/** The bytes that may be sent before more credit is given, each way (`runtimes/PROTOCOL.md`). */
export const firstCredit = 262_144;
/** Credit goes back in pieces of this size, so that small parts cost no frame each. */
const creditPiece = 65_536;

/** How long what was sent before an error waits for its reader. */
const unreadMs = 5000;

/** A response's body between the process and its reader. What waits here is bounded by the credit that the process was given. */
export class ResponseBody {
  readonly stream: ReadableStream<Uint8Array>;
  readonly #pay: (bytes: number) => void;
  readonly #parts: Uint8Array[] = [];
  #controller: ReadableStreamDefaultController<Uint8Array> | null = null;
  #allowed = firstCredit;
  #owed = 0;
  #end: { error: Error | null } | null = null;
  #wake: (() => void) | null = null;
  #dropped = false;

  /** `pay` gives credit to the process; `onLeave` hears that the reader wants no more. */
  constructor(pay: (bytes: number) => void, onLeave: () => void) {
    this.#pay = pay;
    this.stream = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.#controller = controller;
        },
        pull: () => this.#pull(),
        cancel: () => {
          const wasWhole = this.#end !== null && this.#end.error === null;
          this.#discard();
          if (!wasWhole) onLeave();
        },
      },
      { highWaterMark: 0 },
    );
  }

  /** Takes bytes of the process. Throws when they are more than its credit. */
  add(payload: Buffer): void {
    this.#allowed -= payload.length;
    if (this.#allowed < 0) throw new Error("it sent more of a response than it may");
    if (this.#dropped) this.#consumed(payload.length);
    else if (payload.length > 0) this.#parts.push(new Uint8Array(payload));
    this.#wake?.();
  }

  /** No more bytes come: the reader gets what waits, then the end or the error. A reader that does not read learns of an error all the same. */
  end(error: Error | null): void {
    this.#end ??= { error };
    this.#wake?.();
    if (error !== null) setTimeout(() => this.drop(error), unreadMs).unref();
  }

  /** Breaks off at once, also for a reader that does not read. */
  drop(error: Error): void {
    if (this.#dropped) return;
    this.#discard();
    this.#controller?.error(error);
  }

  async #pull(): Promise<void> {
    while (this.#parts.length === 0 && this.#end === null && !this.#dropped) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    if (this.#dropped) return;
    const part = this.#parts.shift();
    if (part !== undefined) {
      this.#controller?.enqueue(part);
      this.#consumed(part.length);
    } else if (this.#end?.error) this.#controller?.error(this.#end.error);
    else this.#controller?.close();
  }

  #discard(): void {
    this.#dropped = true;
    const waiting = this.#parts.splice(0);
    this.#consumed(waiting.reduce((sum, { length }) => sum + length, 0));
    this.#wake?.();
  }

  #consumed(bytes: number): void {
    this.#owed += bytes;
    if (this.#owed < creditPiece || this.#end !== null) return;
    this.#allowed += this.#owed;
    this.#pay(this.#owed);
    this.#owed = 0;
  }
}
