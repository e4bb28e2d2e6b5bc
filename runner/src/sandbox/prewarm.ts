import type { WarmOrder } from "@pulse/schema/wire/warm-order";
import { MaskerShelf } from "../masking/masker-shelf.ts";
import type { WarmLink } from "../work.ts";
import { imageOf } from "./custom/image-of.ts";
import { FetchAhead } from "./fetch-ahead.ts";
import { type KeepOrder, KeepWarm } from "./pool/keep-warm.ts";
import { type Bench, codeOf, useOf, versionOf } from "./run-call.ts";

const retryMs = 30_000;
const maskers = new MaskerShelf();

/** Follows the gateway's orders to keep versions warm. */
export class Prewarm {
  readonly #bench: Bench;
  readonly #keep: KeepWarm;
  readonly #ahead: FetchAhead;
  readonly #say: (line: string) => void;
  readonly #stop = new AbortController();
  #newest = 0;
  #retry: NodeJS.Timeout | undefined;

  constructor(bench: Bench, say: (line: string) => void) {
    this.#bench = bench;
    this.#say = say;
    this.#keep = new KeepWarm(bench.pool, say);
    this.#ahead = new FetchAhead(say);
  }

  /** From now on, exactly these; of those with a count of 0 only code and image are fetched. One whose code, image or secrets are not to be had is said, and tried again every half minute. */
  async follow(orders: readonly WarmOrder[], link: WarmLink): Promise<void> {
    const turn = ++this.#newest;
    clearTimeout(this.#retry);
    const kept = orders.filter(({ count }) => count > 0);
    const fetched = orders.filter(({ count }) => count === 0);
    this.#ahead.follow(fetched, async (order) => void (await this.#fetch(order, link)));
    const read = kept.map((order) =>
      this.#read(order, link).catch((error: unknown) => {
        if (turn === this.#newest)
          this.#say(`${order.spec.function.name} is not kept warm: ${String(error)}`);
        return null;
      }),
    );
    const known = (await Promise.all(read)).filter((one) => one !== null);
    if (turn !== this.#newest) return;
    this.#keep.follow(known);
    if (known.length === kept.length) return;
    this.#retry = setTimeout(() => void this.follow(orders, link), retryMs).unref();
  }

  stop(): void {
    this.#newest += 1;
    clearTimeout(this.#retry);
    this.#stop.abort(new Error("the runner stops"));
    this.#keep.stop();
    this.#ahead.stop();
  }

  /** Its code and its image, on this machine. */
  async #fetch(order: WarmOrder, link: WarmLink) {
    const { signal } = this.#stop;
    // What is said before any call belongs to no execution.
    const log = () => undefined;
    const code = await codeOf(this.#bench.shelf, order, order.spec.deps, link, signal);
    return { code, image: await imageOf(this.#bench.custom, order, log, signal), log };
  }

  async #read(order: WarmOrder, link: WarmLink): Promise<KeepOrder> {
    const { spec, count } = order;
    const secrets = await link.open(order);
    const { code, image, log } = await this.#fetch(order, link);
    const use = useOf(spec.settings, spec.keepAliveMs);
    const version = versionOf({ job: order, code, secrets, log, image }, spec.deps, use);
    const masker = maskers.of(Object.values(secrets));
    const mask = (text: string) => masker?.text(text) ?? text;
    return { function: spec.function.name, count, version, mask };
  }
}
