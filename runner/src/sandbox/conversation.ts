import type * as z from "zod";
import type { FunctionJob, JobLink } from "../work.ts";
import { OpenCall } from "./open-call.ts";
import type { CallError } from "./outcome.ts";
import { callError, greeting, logFrame, type Ready, ready } from "./runtime-frames.ts";
import type { Cell, ExitFacts } from "./sandbox.ts";

const sentinelMs = 500;
/** `D` follows the sentinels at once. */
const finishMs = 10;
/** How long a process that closed its line may take to end by itself, so that it can be told how. */
const lineLostMs = 3000;
const lastLinesKept = 5;

/** How a conversation ended, with its process. */
export interface Ending extends ExitFacts {
  /** What the process did to deserve it, as words after "the process". */
  fault: string | null;
  /** The last lines it wrote to stderr while it loaded code. */
  lastLines: string[];
}

/** Takes lines that belong to no call. */
export type TakeStray = (stream: "stdout" | "stderr" | "log", level: string, text: string) => void;

/** Speaks the frames with one cell: load once, then calls, as many at a time as the version allows. */
export class Conversation {
  /** The process has ended; settles once, however many wait. */
  readonly ended: Promise<Ending>;
  readonly #cell: Cell;
  readonly #calls = new Map<number, OpenCall>();
  /** Calls whose output is still awaited, oldest first, with the raw streams that have said they are done. */
  readonly #sentinels = new Map<OpenCall, Set<string>>();
  readonly #closedOutputs = new Set<string>();
  readonly #lastLines: string[] = [];
  #waiters = new Set<() => void>();
  #number = 0;
  #fault: string | null = null;
  #hasEnded = false;
  #greeting: z.output<typeof greeting> | null = null;
  #loaded: Ready | { error: CallError } | null = null;
  #isLoading = false;
  /** Who takes the lines of the load. */
  #stray: TakeStray | null = null;

  constructor(cell: Cell) {
    this.#cell = cell;
    cell.line.listen((type, call, payload) => this.#receive(type, call, payload));
    cell.onOutput((stream, line) => this.#rawLine(stream, line));
    cell.line.onClose((broken) => this.#lineLost(broken));
    this.ended = cell.exited.then((exit) => {
      this.#hasEnded = true;
      for (const call of this.#calls.values()) call.lose();
      this.#calls.clear();
      this.#changed();
      return { ...exit, fault: this.#fault, lastLines: this.#lastLines };
    });
  }

  /** Ends the process, and with it every call, for a reason in words that go after "the process". */
  end(fault: string): void {
    this.#fault ??= fault;
    this.#cell.line.close();
    void this.#cell.destroy();
  }

  /** Resolves when the process has greeted; rejects with the signal's reason, or when the process ends. */
  async greeted(signal: AbortSignal): Promise<z.output<typeof greeting>> {
    await this.#until(() => this.#greeting !== null || this.#hasEnded, signal);
    if (this.#greeting !== null) return this.#greeting;
    const { code, signal: name } = await this.ended;
    throw new Error(`the process ended before it was ready (${name ?? `exit code ${code}`})`);
  }

  /** Loads a version's code; what is printed meanwhile goes to `stray`. */
  async load(
    init: Record<string, unknown>,
    stray: TakeStray,
    signal: AbortSignal,
  ): Promise<Ready | { error: CallError } | { ending: Ending }> {
    this.#stray = stray;
    this.#isLoading = true;
    this.#cell.line.send("I", 0, JSON.stringify({ protocol: 1, ...init }));
    try {
      await this.#until(() => this.#loaded !== null || this.#hasEnded, signal);
      return this.#loaded ?? { ending: await this.ended };
    } finally {
      this.#isLoading = false;
      this.#stray = null;
    }
  }

  /** Starts one call. `onLeave` hears that the reader of its response went away. */
  call(job: FunctionJob, link: JobLink, signal: AbortSignal, onLeave: () => void): OpenCall {
    const number = ++this.#number;
    const call = new OpenCall({ number, line: this.#cell.line, link, signal, onLeave });
    if (this.#hasEnded) {
      call.lose();
      return call;
    }
    this.#calls.set(number, call);
    this.#sentinels.set(call, new Set(this.#closedOutputs));
    call.start(job);
    void call.over.then(() => {
      this.#calls.delete(number);
      this.#changed();
    });
    return call;
  }

  /** Resolves when everything that an answered call printed has arrived, or after half a second. */
  async settled(call: OpenCall): Promise<void> {
    await this.#atMost(sentinelMs, () => (this.#sentinels.get(call)?.size ?? 2) >= 2);
    await this.#atMost(finishMs, () => call.isOver);
  }

  /** Lines that name no call are no longer this one's. */
  forget(call: OpenCall): void {
    this.#sentinels.delete(call);
  }

  async #atMost(ms: number, look: () => boolean): Promise<void> {
    if (look()) return;
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      this.#changed();
    }, ms);
    while (!look() && !isLate) await this.#change();
    clearTimeout(timer);
  }

  /** Resolves when something has arrived, or somebody looks again. */
  #change(): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        this.#waiters.delete(wake);
        resolve();
      };
      this.#waiters.add(wake);
    });
  }

  /** Waits until something that arrives makes `look` true; rejects with the signal's reason. */
  async #until(look: () => boolean, signal: AbortSignal): Promise<void> {
    while (!look()) {
      signal.throwIfAborted();
      const woken = Promise.withResolvers<void>();
      this.#waiters.add(woken.resolve);
      signal.addEventListener("abort", () => woken.resolve(), { once: true });
      await woken.promise;
      this.#waiters.delete(woken.resolve);
    }
  }

  #changed(): void {
    for (const wake of this.#waiters) wake();
  }

  #lineLost(broken: string | null): void {
    if (broken !== null) this.end(`broke the protocol: ${broken}`);
    const timer = setTimeout(() => {
      if (this.#cell.isOver?.() !== true) this.end("closed its line to the runner");
    }, lineLostMs);
    void this.ended.then(() => clearTimeout(timer));
  }

  /** Null: the stream has ended, which stands for every sentinel to come. */
  #rawLine(stream: "stdout" | "stderr", line: string | null): void {
    if (line === null) {
      this.#closedOutputs.add(stream);
      for (const seen of this.#sentinels.values()) seen.add(stream);
      this.#changed();
      return;
    }
    const level = stream === "stderr" ? "error" : "info";
    const at = line.indexOf("\0pulse:");
    if (at < 0) this.#print(stream, level, line);
    else this.#sentinel(stream, level, line.slice(0, at), line.slice(at + 7));
  }

  /** `before` is what was written without a line end. */
  #sentinel(stream: "stdout" | "stderr", level: string, before: string, nonce: string): void {
    for (const [call, seen] of this.#sentinels) {
      if (call.nonce !== nonce) continue;
      if (before !== "") call.log(stream, level, before);
      seen.add(stream);
    }
    this.#changed();
  }

  /** A line that names no call: of the oldest call whose output is awaited, else of the load. Between calls nobody is there to take it. */
  #print(stream: "stdout" | "stderr" | "log", level: string, text: string): void {
    if (this.#isLoading && stream === "stderr") {
      this.#lastLines.push(text);
      if (this.#lastLines.length > lastLinesKept) this.#lastLines.shift();
    }
    const [oldest] = this.#sentinels.keys();
    if (oldest !== undefined) oldest.log(stream, level, text);
    else this.#stray?.(stream, level, text);
  }

  #receive(type: string, number: number, payload: Buffer): void {
    if (this.#fault !== null) return;
    try {
      if (number === 0) this.#receiveProcess(type, payload);
      else this.#calls.get(number)?.receive(type, payload);
    } catch (error) {
      // Nothing of this process can be trusted any more.
      this.end(`broke the protocol: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  #receiveProcess(type: string, payload: Buffer): void {
    if (type !== "R" && type !== "X" && type !== "L") return;
    const value: unknown = JSON.parse(payload.toString("utf8"));
    if (type === "L") {
      const { stream, level, text } = logFrame.parse(value);
      this.#print(stream, level, text);
      return;
    }
    if (this.#greeting === null) this.#greeting = greeting.parse(value);
    else if (type === "R") this.#loaded ??= ready.parse(value);
    else this.#loaded ??= { error: callError.parse(value) };
    this.#changed();
  }
}
