import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable, Writable } from "node:stream";
import { fileURLToPath } from "node:url";

export type Language = "typescript" | "python";
export type Transport = "stdio" | "socket";
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type JsonObject = { [key: string]: Json };

/** A frame as it came; the payload is a copy. */
export interface Frame {
  type: string;
  call: number;
  payload: Buffer;
}

/** The most bytes that may be sent or taken before credit is given, by PROTOCOL.md. */
export const firstCredit = 262_144;
const payloadMost = 65_536;
/** Node cannot move descriptors, so a shell does it before (PROTOCOL.md, Start). */
const launcher = `if [ "$PULSE_TRANSPORT" = stdio ]; then exec "$0" "$@" 3<&0 4>&1 </dev/null 1>&2; fi; exec "$0" "$@"`;

/** Puts a frame together. */
export function encode(type: string, call: number, payload: Uint8Array | string = ""): Buffer {
  const bytes = Buffer.from(payload as string);
  const head = Buffer.alloc(9);
  head.writeUInt32BE(bytes.length, 0);
  head.write(type, 4, "latin1");
  head.writeUInt32BE(call, 5);
  return Buffer.concat([head, bytes]);
}

/** A bootstrap in a real process, spoken to frame by frame as a runner would, with everything it sends checked for form. */
export class Bootstrap {
  /** Frames in the order they came. */
  readonly frames: Frame[] = [];
  /** Raw output, whole. */
  readonly output = { stdout: "", stderr: "" };
  /** What broke the protocol; a test expects it to stay empty. */
  readonly violations: string[] = [];
  readonly exited: Promise<number | null>;
  readonly #child: ChildProcess;
  readonly #folder: string;
  readonly #listeners = new Set<() => void>();
  #input: Writable | undefined;
  #rest = Buffer.alloc(0);
  #close: () => void = () => undefined;
  #ended = false;

  private constructor(child: ChildProcess, folder: string) {
    this.#child = child;
    this.#folder = folder;
    this.exited = once(child, "close").then(([code]) => {
      this.#ended = true;
      if (this.#rest.length > 0)
        this.violations.push(`${this.#rest.length} bytes of a broken frame at the end`);
      this.#changed();
      return code as number | null; // Node's "close" event: the exit code, or null after a signal.
    });
  }

  /** Starts the bootstrap of a language as PROTOCOL.md says; `program` is the Node or Python that runs it. */
  static async start(language: Language, transport: Transport, program: string): Promise<Bootstrap> {
    const folder = mkdtempSync(join(tmpdir(), "pulse-runtime-"));
    const file = language === "typescript" ? "bootstrap.mjs" : "bootstrap.py";
    const path = fileURLToPath(new URL(`./${language}/${file}`, import.meta.url));
    const socket = join(folder, "socket");
    const server = createServer();
    const connected = once(server, "connection");
    if (transport === "socket") await once(server.listen(socket), "listening");
    const [command, args] =
      language === "typescript" ? ["/bin/sh", ["-c", launcher, program, path]] : [program, ["-B", path]];
    const child = spawn(command, args, {
      cwd: folder,
      detached: true,
      stdio: [transport === "stdio" ? "pipe" : "ignore", "pipe", "pipe"],
      env: {
        PATH: process.env.PATH ?? "/usr/bin:/bin",
        PULSE_TRANSPORT: transport,
        ...(transport === "socket" ? { PULSE_SOCKET: socket } : {}),
      },
    });
    const { stdin, stdout, stderr } = child;
    if (stdout === null || stderr === null) throw new Error("stdout and stderr are pipes");
    const bootstrap = new Bootstrap(child, folder);
    bootstrap.#collect("stderr", stderr);
    if (stdin !== null) bootstrap.#attach(stdout, stdin);
    else {
      bootstrap.#collect("stdout", stdout);
      const first = await Promise.race([connected, bootstrap.exited]);
      server.close();
      if (!Array.isArray(first)) throw new Error(`ended before it connected: ${bootstrap.output.stderr}`);
      const line = first[0] as Socket; // Node's "connection" event carries the socket.
      bootstrap.#close = () => line.destroy();
      bootstrap.#attach(line, line);
    }
    return bootstrap;
  }

  /** Writes bytes as they are. */
  write(bytes: Uint8Array): void {
    if (this.#input?.writable) this.#input.write(bytes);
  }

  /** Sends a frame; a value that is not bytes goes as JSON. */
  send(type: string, call: number, payload: Uint8Array | JsonObject | null = null): void {
    const isBytes = payload instanceof Uint8Array;
    this.write(encode(type, call, payload === null ? "" : isBytes ? payload : JSON.stringify(payload)));
  }

  /** Closes the runner's end of the line. */
  hangUp(): void {
    this.#input?.end();
    this.#close();
  }

  /** Waits until `look` finds something; null when the process ended without it. */
  async until<Found>(look: () => Found | undefined | false): Promise<Found | null> {
    for (;;) {
      const found = look();
      if (found !== undefined && found !== false) return found;
      if (this.#ended) return null;
      await new Promise<void>((resolve) => {
        const listener = () => {
          this.#listeners.delete(listener);
          resolve();
        };
        this.#listeners.add(listener);
      });
    }
  }

  /** The frames of a call so far, of the given types when any are given. */
  of(call: number, ...types: string[]): Frame[] {
    return this.frames.filter((one) => one.call === call && (types.length === 0 || types.includes(one.type)));
  }

  /** Ends the whole process group and removes the folder. */
  async destroy(): Promise<void> {
    this.#kill();
    this.hangUp();
    await this.exited;
    this.#kill();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #kill(): void {
    try {
      if (this.#child.pid !== undefined) process.kill(-this.#child.pid, "SIGKILL");
    } catch {
      // The whole group has ended already.
    }
  }

  #attach(from: Readable, to: Writable): void {
    this.#input = to;
    // A process that exits leaves a broken pipe; how it ended is what `exited` says.
    to.on("error", () => undefined);
    from.on("error", () => undefined);
    from.on("data", (chunk: Buffer) => {
      this.#rest = Buffer.concat([this.#rest, chunk]);
      while (this.#rest.length >= 9) {
        const length = this.#rest.readUInt32BE(0);
        if (length > payloadMost) {
          this.violations.push(`a payload of ${length} bytes`);
          this.#rest = Buffer.alloc(0);
          return;
        }
        if (this.#rest.length < 9 + length) break;
        const type = String.fromCharCode(this.#rest[4] ?? 0);
        const frame = {
          type,
          call: this.#rest.readUInt32BE(5),
          payload: Buffer.from(this.#rest.subarray(9, 9 + length)),
        };
        this.#rest = this.#rest.subarray(9 + length);
        this.#check(frame);
        this.frames.push(frame);
      }
      this.#changed();
    });
  }

  #check({ type, call, payload }: Frame): void {
    if (!"RBEHXDLWV".includes(type))
      this.violations.push(`a frame of the unknown type ${JSON.stringify(type)}`);
    if (call > 0 && this.of(call, "D").length > 0)
      this.violations.push(`${type} of call ${call} after its D`);
    if ("BE".includes(type) && this.of(call, "H").length === 0)
      this.violations.push(`${type} of call ${call} before H`);
    if ("BEHX".includes(type) && call > 0 && this.of(call, "E", "X").length > 0)
      this.violations.push(`${type} of call ${call} after its response ended`);
    if (type === "D" && this.of(call, "E", "X").length === 0)
      this.violations.push(`D of call ${call} before E or X`);
    if ("RHXDLV".includes(type)) {
      try {
        JSON.parse(payload.toString());
      } catch {
        this.violations.push(`${type} of call ${call} is not JSON`);
      }
    }
  }

  #collect(name: "stdout" | "stderr", from: Readable): void {
    from.setEncoding("utf8");
    from.on("data", (text: string) => {
      this.output[name] += text;
      this.#changed();
    });
  }

  #changed(): void {
    for (const listener of [...this.#listeners]) listener();
  }
}
