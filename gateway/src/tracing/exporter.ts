import type { TraceContext } from "@pulse/schema/trace-context";
import type { TracingSettings } from "@pulse/schema/tracing-settings";
import type { Ports, Span, SpanCounts, Tracing } from "../ports.ts";
import { otlpBody, type Source } from "./otlp.ts";

/** Spans that wait at most; what comes then is dropped. */
const waitingMost = 4096;
const batchMost = 512;
/** How long spans wait for others to go with. */
const gatherMs = 1000;
const answerMs = 5000;
const answerMost = 64 * 1024;
/** Pauses after a batch that did not arrive; then it is dropped. */
const pausesMs = [1000, 2000, 4000, 8000];
const pauseMostMs = 30_000;
/** A going-out of which nothing is known any more is begun anew after this: where a platform ended it unheard. */
const forgottenMs = 90_000;
const warnEveryMs = 60_000;

type Needs = Pick<Ports, "now" | "random" | "timer" | "background" | "log">;
type Sent = "taken" | "later" | "never";

/**
 * Tells a collector of spans over OTLP/HTTP in JSON. Spans wait in memory, up to a bound, and leave in batches, one at a time, in the
 * background: whoever makes one never waits, and a collector that is slow, gone or overloaded costs nothing but its spans.
 */
export class SpanExporter implements Tracing {
  readonly #settings: TracingSettings;
  readonly #ports: Needs;
  readonly #source: Source;
  #waiting: Span[] = [];
  readonly #counts: SpanCounts = { exported: 0, dropped: 0, refused: 0 };
  /** Since when spans are going out, epoch ms; null: none are. */
  #goingSince: number | null = null;
  /** The batch that is under way. */
  #posting: Promise<unknown> | null = null;
  #warnedAt = 0;
  #isEnding = false;
  #wake = (): void => undefined;

  constructor(settings: TracingSettings, ports: Needs, source: Source) {
    this.#settings = settings;
    this.#ports = ports;
    this.#source = source;
  }

  begin(given: TraceContext | null): TraceContext & { isRoot: boolean } {
    if (given !== null) return { ...given, isRoot: false };
    const id = this.#ports.random(24);
    const hex = [...id].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    const { ratio } = this.#settings;
    // The last bytes of a trace's id decide, so that whoever has the same ratio decides the same.
    const share = Number.parseInt(hex.slice(19, 32), 16) / 2 ** 52;
    return { traceId: hex.slice(0, 32), spanId: hex.slice(32), isSampled: share < ratio, isRoot: true };
  }

  add(span: Span): void {
    if (this.#waiting.length >= waitingMost) this.#counts.dropped += 1;
    else this.#waiting.push(span);
    const now = this.#ports.now();
    if (this.#goingSince !== null && now - this.#goingSince < forgottenMs) return;
    this.#goingSince = now;
    this.#ports.background(this.#goOut(now));
  }

  counts(): SpanCounts {
    return { ...this.#counts };
  }

  /** Sends what waits, once, and nothing after it. Resolves when that is done, or when the signal fires. */
  async end(signal: AbortSignal): Promise<void> {
    this.#isEnding = true;
    this.#wake();
    if (this.#posting !== null) await Promise.race([this.#posting, fired(signal)]);
    while (this.#waiting.length > 0 && !signal.aborted) {
      const batch = this.#waiting.slice(0, batchMost);
      const { sent } = await this.#post(batch, signal);
      this.#done(batch, sent === "taken" ? "exported" : sent === "never" ? "refused" : "dropped");
    }
  }

  /** Sends until nothing waits; `since` says whose turn it is. */
  async #goOut(since: number): Promise<void> {
    let failures = 0;
    await this.#pause(gatherMs);
    while (this.#waiting.length > 0 && this.#goingSince === since && !this.#isEnding) {
      const batch = this.#waiting.slice(0, batchMost);
      const posting = this.#post(batch, null);
      this.#posting = posting;
      const { sent, afterMs } = await posting;
      this.#posting = null;
      // Whoever took over has seen to them.
      if (this.#goingSince !== since) return;
      if (sent !== "later") {
        failures = 0;
        this.#done(batch, sent === "taken" ? "exported" : "refused");
        // Going on is a sign of life.
        this.#goingSince = since = this.#ports.now();
        continue;
      }
      if (this.#isEnding) return;
      const pauseMs = pausesMs[failures];
      failures += 1;
      if (pauseMs === undefined) {
        failures = 0;
        this.#done(batch, "dropped");
      } else {
        const spreadMs = pauseMs * (0.5 + (this.#ports.random(1)[0] ?? 0) / 512);
        await this.#pause(Math.min(pauseMostMs, afterMs ?? spreadMs));
      }
      if (this.#goingSince !== since) return;
      this.#goingSince = since = this.#ports.now();
    }
    if (this.#goingSince === since) this.#goingSince = null;
  }

  #done(batch: readonly Span[], as: keyof SpanCounts): void {
    this.#waiting = this.#waiting.slice(batch.length);
    this.#counts[as] += batch.length;
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#ports.timer(ms, resolve);
      this.#wake = () => {
        cancel();
        resolve();
      };
    });
  }

  async #post(
    batch: readonly Span[],
    signal: AbortSignal | null,
  ): Promise<{ sent: Sent; afterMs: number | null }> {
    const limit = AbortSignal.timeout(answerMs);
    try {
      const answer = await fetch(this.#settings.url, {
        method: "POST",
        headers: [["content-type", "application/json"], ...this.#settings.headers] as [string, string][],
        body: otlpBody(batch, this.#source),
        redirect: "manual",
        signal: signal === null ? limit : AbortSignal.any([limit, signal]),
      });
      const text = await textOf(answer);
      if (answer.ok) {
        const rejected = Math.min(rejectedOf(text), batch.length);
        this.#counts.refused += rejected;
        this.#counts.exported -= rejected;
        if (rejected > 0) this.#warn(`the collector would not have ${rejected} of ${batch.length} spans`);
        return { sent: "taken", afterMs: null };
      }
      this.#warn(`the collector answered ${answer.status}`);
      // The answers after which OTLP has a sender try again.
      const isLater = [429, 502, 503, 504].includes(answer.status);
      const seconds = Number(answer.headers.get("retry-after") ?? Number.NaN);
      const afterMs = Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : null;
      return { sent: isLater ? "later" : "never", afterMs };
    } catch (error) {
      this.#warn(limit.aborted ? `the collector did not answer within ${answerMs / 1000} s` : wordsOf(error));
      return { sent: "later", afterMs: null };
    }
  }

  #warn(why: string): void {
    const now = this.#ports.now();
    if (now - this.#warnedAt < warnEveryMs) return;
    this.#warnedAt = now;
    this.#ports.log.warn("spans do not reach the collector", { why });
  }
}

function fired(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

function wordsOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return cause instanceof Error ? cause.message : String(cause);
}

/** The start of an answer: more of it is not read. */
async function textOf(answer: Response): Promise<string> {
  const reader = answer.body?.getReader();
  if (reader === undefined) return "";
  const decoder = new TextDecoder();
  let text = "";
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    text += decoder.decode(part.value, { stream: true });
    if (text.length > answerMost) {
      await reader.cancel();
      break;
    }
  }
  return text;
}

/** How many spans a collector that took a batch would not have (`partialSuccess`). */
function rejectedOf(text: string): number {
  try {
    const { partialSuccess } = JSON.parse(text) as { partialSuccess?: { rejectedSpans?: string | number } };
    const rejected = Number(partialSuccess?.rejectedSpans ?? 0);
    return Number.isSafeInteger(rejected) && rejected > 0 ? rejected : 0;
  } catch {
    return 0;
  }
}
