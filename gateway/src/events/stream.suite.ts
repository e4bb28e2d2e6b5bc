import { settle } from "../dispatch/world.suite.ts";
import type { TestGateway } from "../runners/gateway.suite.ts";

/** One event as it arrived. */
export interface Told {
  id: number;
  event: string;
  // biome-ignore lint/suspicious/noExplicitAny: what a test expects of it says what it is.
  data: any;
}

/** Follows the stream of events as a browser does: takes what comes as it comes. */
export class Follower {
  readonly told: Told[] = [];
  /** The id that a browser would resume from. */
  lastId: number | null = null;
  /** Resolves when the stream has ended. */
  finished: Promise<void> = Promise.resolve();
  #ended = false;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  #text = "";

  private constructor(reader: ReadableStreamDefaultReader<Uint8Array>) {
    this.#reader = reader;
  }

  /** Begins to follow; throws the answer when it is no stream. `key`: whose it is. */
  static async open(
    gateway: TestGateway,
    query: string,
    { after, key = gateway.key, reads = true }: { after?: number | null; key?: string; reads?: boolean } = {},
  ): Promise<Follower> {
    const response = await gateway.send(`/v1/events?${query}`, {
      headers: {
        authorization: `Bearer ${key}`,
        ...(after === undefined || after === null ? {} : { "last-event-id": String(after) }),
      },
    });
    if (response.status !== 200 || response.body === null) throw new Error(await response.text());
    const follower = new Follower(response.body.getReader());
    if (reads) follower.finished = follower.#read();
    await settle();
    return follower;
  }

  /** What came since the last look, as `event` and what it is about. */
  take(): Told[] {
    return this.told.splice(0);
  }

  /** Takes one piece, however much that is; for a follower that does not read by itself. */
  async piece(): Promise<void> {
    const { done, value } = await this.#reader.read();
    if (done) this.#ended = true;
    else this.#parse(new TextDecoder().decode(value));
  }

  async close(): Promise<void> {
    await this.#reader.cancel();
    await settle();
  }

  async #read(): Promise<void> {
    while (!this.#ended) await this.piece();
  }

  #parse(text: string): void {
    this.#text += text;
    for (let end = this.#text.indexOf("\n\n"); end >= 0; end = this.#text.indexOf("\n\n")) {
      const field = (name: string) => new RegExp(`^${name}: (.*)$`, "m").exec(block)?.[1];
      const block = this.#text.slice(0, end);
      this.#text = this.#text.slice(end + 2);
      const [id, event, data] = [field("id"), field("event"), field("data")];
      if (id !== undefined) this.lastId = Number(id);
      if (event !== undefined) this.told.push({ id: Number(id), event, data: JSON.parse(data ?? "null") });
    }
  }
}
