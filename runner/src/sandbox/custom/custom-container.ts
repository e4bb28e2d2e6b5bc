import { once } from "node:events";
import type { Socket } from "node:net";
import type Docker from "dockerode";
import type { ContainerCreateOptions } from "dockerode";
import { attachTo, createPartReader } from "../attach.ts";
import { exitOf } from "../container-exit.ts";
import { drained } from "../drained.ts";
import { containerFreezer, type Freezer } from "../freezer.ts";
import { MemoryWitness } from "../memory-witness.ts";
import { type ExitFacts, LineCutter, type TakeOutput } from "../sandbox.ts";

const heldLinesMost = 1000;
const lastLinesKept = 20;

type Stream = "stdout" | "stderr";

/** One container of a custom image, made when it is started: its output as lines, held until somebody is there to take them, and its end. */
export class CustomContainer {
  /** It has ended, and all that it wrote was taken. Never rejects. */
  readonly ended: Promise<ExitFacts>;
  readonly #docker: Docker;
  readonly #hasInput: boolean;
  readonly #onLeft: (error: unknown) => void;
  readonly #end: (facts: ExitFacts) => void;
  readonly #cutters: Record<Stream, LineCutter>;
  readonly #lastLines: string[] = [];
  #container: Docker.Container | null = null;
  #freezer: Freezer | null = null;
  #take: TakeOutput = () => undefined;
  /** Lines of before somebody took them; null since then. */
  #held: [Stream, string | null][] | null = [];
  #takeStdout: ((part: Buffer) => Promise<void>) | null = null;
  #lookAt: ((part: Buffer) => boolean) | null = null;
  #taken: Promise<void> = Promise.resolve();
  #isOurs = false;
  #isCut = false;
  #isOver = false;
  #isGone = false;

  constructor(options: { docker: Docker; hasInput: boolean; onLeft(error: unknown): void }) {
    this.#docker = options.docker;
    this.#hasInput = options.hasInput;
    this.#onLeft = options.onLeft;
    const ended = Promise.withResolvers<ExitFacts>();
    [this.ended, this.#end] = [ended.promise, ended.resolve];
    const cutterOf = (stream: Stream) => new LineCutter((line) => this.#line(stream, line));
    this.#cutters = { stdout: cutterOf("stdout"), stderr: cutterOf("stderr") };
  }

  get id(): string {
    return this.#container?.id ?? "";
  }

  get isCut(): boolean {
    return this.#isCut;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** The last lines that it wrote to standard error. */
  get lastLines(): readonly string[] {
    return this.#lastLines;
  }

  /** Makes and starts it; resolves to its two-way stream. What it writes to standard output goes to `takeStdout`, where that is given. Throws when it does not start. */
  async start(
    options: ContainerCreateOptions,
    takeStdout: ((part: Buffer) => Promise<void>) | null = null,
    onAttached?: (attached: Socket) => void,
  ): Promise<Socket> {
    if (this.#isGone) throw new Error("it was given up before it was started");
    const container = await this.#docker.createContainer(options);
    this.#container = container;
    this.#freezer = containerFreezer(container);
    if (takeStdout !== null) this.takeStdout(takeStdout);
    // Attached before it starts, so that no line is missed; the wait is set up before too, so that no exit is.
    const attached = await attachTo(this.#docker, container.id, { stdin: this.#hasInput });
    onAttached?.(attached);
    attached.on("error", () => undefined);
    const read = createPartReader((stream, part) => this.#part(attached, stream, part));
    attached.on("data", read);
    const witness = new MemoryWitness(this.#docker, container.id);
    const exited = exitOf({
      ...{ docker: this.#docker, container, attached, witness, hasOwnLine: false },
      isLineOpen: () => !attached.destroyed && attached.readable,
      isOurs: () => this.#isOurs,
      onOver: () => {
        this.#isOver = true;
      },
      onCut: () => {
        this.#isCut = true;
      },
    });
    void exited.then(async (facts) => {
      // A reader of a response may take as long as it likes; nothing but a lost engine leaves the stream open.
      if (this.#takeStdout !== null && !facts.engineLost && !attached.destroyed && !attached.readableEnded)
        await Promise.race([once(attached, "end"), once(attached, "close")]).catch(() => undefined);
      else await drained([attached]);
      await this.#taken;
      for (const cutter of Object.values(this.#cutters)) cutter.end();
      attached.destroy();
      this.#end(facts);
    });
    await container.start();
    witness.begin();
    return attached;
  }

  /** From now on, who takes what it writes to standard output; no line of it is logged. */
  takeStdout(take: (part: Buffer) => Promise<void>): void {
    this.#takeStdout = take;
    this.endStdout();
  }

  /** Lets `look` have each part of standard output first; what it takes is no line of the log. */
  lookAtStdout(look: (part: Buffer) => boolean): void {
    this.#lookAt = look;
  }

  /** No line of standard output is logged from now on. */
  endStdout(): void {
    this.#cutters.stdout.end();
  }

  onOutput(take: TakeOutput): void {
    this.#take = take;
  }

  /** Somebody is there to take lines: those that were held come first. */
  release(): void {
    const held = this.#held ?? [];
    this.#held = null;
    for (const [stream, line] of held) this.#take(stream, line);
  }

  /** A line of ours in its log. */
  say(line: string): void {
    this.#line("stderr", line);
  }

  /** It is of no use any more: nothing is asked of it, and it ends. */
  breakDown(): void {
    this.#isCut = true;
    this.terminate();
  }

  /** Holds every process of it still; nothing before it is started. */
  async freeze(): Promise<void> {
    await this.#freezer?.freeze();
  }

  /** Lets a frozen one go on. Rejects when it cannot be. */
  async thaw(): Promise<void> {
    await this.#freezer?.thaw();
  }

  /** SIGTERM to its first process. */
  terminate(): void {
    this.#isOurs = true;
    this.#container?.kill({ signal: "SIGTERM" }).catch(() => undefined);
  }

  /** Its end, which is about to be made, is ours, unless it has ended already. */
  giveUp(): void {
    if (!this.#isOver) this.#isOurs = true;
    this.#isGone = true;
    if (this.#container === null)
      this.#end({ code: null, signal: "SIGKILL", outOfMemory: false, engineLost: false });
  }

  /** Ends and removes it. Never rejects. */
  async remove(): Promise<void> {
    // With the first version of cgroups, what is frozen cannot be killed.
    await this.thaw().catch(() => undefined);
    await this.#container?.remove({ force: true, v: true }).catch(this.#onLeft);
  }

  #part(attached: Socket, stream: Stream, part: Buffer): void {
    if (stream === "stdout" && this.#lookAt?.(part) === true) return;
    if (stream === "stderr" || this.#takeStdout === null) {
      this.#cutters[stream].add(part);
      return;
    }
    const bytes = Buffer.from(part);
    const take = this.#takeStdout;
    attached.pause();
    const taken = this.#taken
      .then(() => take(bytes))
      .then(
        () => undefined,
        () => undefined,
      );
    this.#taken = taken;
    void taken.then(() => {
      if (this.#taken === taken) attached.resume();
    });
  }

  #line(stream: Stream, line: string | null): void {
    if (stream === "stderr" && line !== null) {
      this.#lastLines.push(line);
      if (this.#lastLines.length > lastLinesKept) this.#lastLines.shift();
    }
    if (this.#held === null) this.#take(stream, line);
    else if (line === null || this.#held.length < heldLinesMost) this.#held.push([stream, line]);
  }
}
