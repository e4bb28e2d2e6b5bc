import { type Duplex, duplexPair } from "node:stream";
import { createDecoder, encodeFrame, FrameLine } from "../frames.ts";
import type { Cell, CellSpec, ExitFacts, Sandbox, TakeOutput } from "./sandbox.ts";

/** How a process ends that nobody ended. */
export const exitedBy = (code: number): ExitFacts => ({
  ...{ code, signal: null },
  ...{ outOfMemory: false, engineLost: false },
});

/** A cell whose process is played by the test, frame by frame, over a real line. */
export class ScriptedCell implements Cell {
  readonly line: FrameLine;
  readonly exited: Promise<ExitFacts>;
  /** What the runner sent. */
  readonly got: { type: string; call: number; payload: Buffer }[] = [];
  isDestroyed = false;
  /** Whether it stands still, and how often it was thawed. */
  #isCut = false;
  readonly #onCut: (() => void)[] = [];
  isFrozen = false;
  thaws = 0;
  /** Thaws fail: its engine has lost it. */
  isStuck = false;
  take: TakeOutput = () => undefined;
  readonly #far: Duplex;
  readonly #exit: (facts: ExitFacts) => void;
  readonly #waiting = new Set<() => void>();

  constructor() {
    const [near, far] = duplexPair();
    this.#far = far;
    this.line = new FrameLine(near);
    const { promise, resolve } = Promise.withResolvers<ExitFacts>();
    this.exited = promise;
    this.#exit = resolve;
    const decode = createDecoder((type, call, payload) => {
      this.got.push({ type, call, payload: Buffer.from(payload) });
      for (const wake of [...this.#waiting]) wake();
    });
    far.on("data", decode);
    far.on("error", () => undefined);
  }

  /** Says something as the process. */
  send(type: string, call: number, payload: unknown = ""): void {
    const isRaw = typeof payload === "string" || payload instanceof Uint8Array;
    if (this.#far.writable)
      this.#far.write(encodeFrame(type, call, isRaw ? payload : JSON.stringify(payload)));
  }

  /** Says bytes that need not be a frame. */
  write(bytes: Uint8Array): void {
    this.#far.write(bytes);
  }

  greet(): void {
    this.send("R", 0, { stem: true, language: "typescript", languageVersion: "24.0.0" });
  }

  ready(): void {
    this.send("R", 0, { ok: true, kinds: ["handler"], initMs: 1 });
  }

  /** A whole call: answers it with a text. */
  answer(call: number, text: string): void {
    this.send("H", call, { status: 200, headers: [] });
    this.send("B", call, text);
    this.send("E", call);
    this.send("D", call, {});
    this.sentinel(call);
  }

  /** The ends of a call's output on both raw streams. */
  sentinel(call: number): void {
    const asked = this.got.find((one) => one.type === "Q" && one.call === call);
    const { nonce } = JSON.parse(asked?.payload.toString() ?? "{}") as { nonce?: string }; // What the runner sent.
    for (const stream of ["stdout", "stderr"] as const) this.take(stream, `\0pulse:${nonce}`);
  }

  /** Resolves when the runner has sent this. */
  async gets(type: string, call = 0): Promise<void> {
    while (!this.got.some((one) => one.type === type && one.call === call)) {
      await new Promise<void>((resolve) => {
        this.#waiting.add(resolve);
      });
    }
  }

  /** Its engine goes away from under it. */
  cut(): void {
    this.#isCut = true;
    for (const callback of this.#onCut) callback();
  }

  isCut(): boolean {
    return this.#isCut;
  }

  onCut(callback: () => void): void {
    if (this.#isCut) callback();
    else this.#onCut.push(callback);
  }

  /** Closes the process's end of the line. */
  hangUp(): void {
    this.#far.end();
  }

  exit(facts: ExitFacts): void {
    this.#far.end();
    this.#exit(facts);
  }

  place(code: string): Promise<{ code: string; deps: string | null }> {
    return Promise.resolve({ code, deps: null });
  }

  onOutput(take: TakeOutput): void {
    this.take = take;
  }

  async freeze(): Promise<void> {
    this.isFrozen = true;
  }

  async thaw(): Promise<void> {
    if (this.isStuck) throw new Error("no such container");
    if (this.isFrozen) this.thaws += 1;
    this.isFrozen = false;
  }

  terminate(): void {
    this.exit({ ...exitedBy(0), code: null, signal: "SIGTERM" });
  }

  async destroy(): Promise<void> {
    this.isDestroyed = true;
    this.exit({ ...exitedBy(0), code: null, signal: "SIGKILL" });
    await this.exited;
  }
}

/** Makes scripted cells when the test lets it: each start waits for `go`. */
export class ScriptedSandbox implements Sandbox {
  readonly kind = "process";
  readonly cells: ScriptedCell[] = [];
  readonly starts: { spec: CellSpec; go(): ScriptedCell }[] = [];
  /** Whether starts wait for `go`. */
  isHeld = false;
  /** What every start fails with. */
  failure: Error | null = null;

  start(spec: CellSpec, signal: AbortSignal): Promise<Cell> {
    if (this.failure !== null) return Promise.reject(this.failure);
    const { promise, resolve, reject } = Promise.withResolvers<Cell>();
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
    const go = () => {
      const cell = new ScriptedCell();
      this.cells.push(cell);
      cell.greet();
      resolve(cell);
      return cell;
    };
    this.starts.push({ spec, go });
    if (!this.isHeld) go();
    return promise;
  }

  identity(): Promise<string> {
    return Promise.resolve("scripted");
  }

  async stop(): Promise<void> {
    await Promise.all(this.cells.map((cell) => cell.destroy()));
  }
}
