import { Readable } from "node:stream";
import type { HeaderList } from "@pulse/schema/wire/job";
import type { FrameLine } from "../../frames.ts";
import type { CallError } from "../outcome.ts";
import { firstCredit } from "../response-body.ts";
import type { CallHead } from "./played-frames.ts";

const partBytes = 65_536;

/** One call of a custom image, from its `Q` to its `D`: the side of it that a bootstrap would have, credit included. */
export class PlayedCall {
  readonly head: CallHead;
  /** The request's body; empty when there is none. */
  readonly body: Readable;
  /** Aborts with the reason of `C`. */
  readonly cancelled: AbortSignal;
  readonly #line: FrameLine;
  readonly #number: number;
  readonly #cancel = new AbortController();
  #credit = firstCredit;
  #owed = 0;
  #isOpen = true;
  #paid: (() => void) | null = null;

  constructor(line: FrameLine, number: number, head: CallHead) {
    this.#line = line;
    this.#number = number;
    this.head = head;
    this.cancelled = this.#cancel.signal;
    this.body = new Readable({ highWaterMark: partBytes, read: () => this.#giveCredit() });
    this.body.on("error", () => undefined);
    if (!head.body) this.body.push(null);
  }

  /** Takes a frame of the runner's side. */
  receive(type: string, payload: Buffer): void {
    if (type === "W") {
      this.#credit += payload.readUInt32BE(0);
      this.#paid?.();
    } else if (type === "B") this.#take(Buffer.from(payload));
    else if (type === "E" && !this.body.destroyed) this.body.push(null);
    else if (type === "C") this.#stop(payload);
  }

  respond(status: number, headers: HeaderList): void {
    this.#line.send("H", this.#number, JSON.stringify({ status, headers }));
  }

  /** Sends a part of the response as the runner gives credit; false when the call was stopped meanwhile. */
  async write(chunk: Buffer): Promise<boolean> {
    for (let at = 0; at < chunk.length; ) {
      while (this.#credit <= 0 && this.#isOpen && !this.cancelled.aborted) {
        await new Promise<void>((resolve) => {
          this.#paid = resolve;
        });
      }
      if (!this.#isOpen || this.cancelled.aborted) return false;
      const part = chunk.subarray(at, at + Math.min(partBytes, this.#credit));
      this.#credit -= part.length;
      at += part.length;
      this.#line.send("B", this.#number, part);
    }
    return true;
  }

  /** The response is whole. */
  end(): void {
    this.#finish("E", "");
  }

  /** The call failed, or its response broke off. */
  fail(error: CallError): void {
    this.#finish("X", JSON.stringify({ ...error, message: error.message.slice(0, 16_384) }));
  }

  /** Nothing more is said of this call: its process is gone, and that says how. */
  drop(): void {
    this.#isOpen = false;
    this.#paid?.();
    this.body.destroy();
  }

  #finish(type: string, payload: string): void {
    if (!this.#isOpen) return;
    this.drop();
    this.#line.send(type, this.#number, payload);
    this.#line.send("D", this.#number, "{}");
  }

  #take(chunk: Buffer): void {
    this.#owed += chunk.length;
    // A body that nobody reads on is discarded, and must not block the runner.
    if (this.body.destroyed || this.body.push(chunk)) this.#giveCredit();
  }

  #giveCredit(): void {
    if (this.#owed === 0) return;
    const payload = Buffer.allocUnsafe(4);
    payload.writeUInt32BE(this.#owed);
    this.#owed = 0;
    if (this.#isOpen) this.#line.send("W", this.#number, payload);
  }

  #stop(payload: Buffer): void {
    const { reason } = JSON.parse(payload.toString("utf8")) as { reason?: string };
    this.#cancel.abort(reason ?? "cancelled");
    this.#paid?.();
  }
}
