import type { Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { CallError } from "../outcome.ts";
import type { ExitFacts } from "../sandbox.ts";
import { factsOf } from "./http-program.ts";
import type { PlayedCall } from "./played-call.ts";
import type { CallHead, Program } from "./played-frames.ts";

const tailLines = 20;
const tailMost = 4096;

/** A container that runs a program once. */
export interface Once {
  /** Starts the program with these variables; its standard output goes to `take`, which holds it back until it resolves. */
  begin(env: Record<string, string>, take: (chunk: Buffer) => Promise<void>): Promise<Writable>;
  /** It has ended, and its output was taken. */
  readonly ended: Promise<ExitFacts>;
  /** The last lines that it wrote to standard error. */
  lastLines(): readonly string[];
  terminate(): void;
}

/** A program that is run for each call: the request's body is its standard input, what it writes is the response. */
export class ExecProgram implements Program {
  readonly kind = "exec";
  readonly #once: Once;
  readonly #contentType: string;

  constructor(once: Once, contentType: string | undefined) {
    this.#once = once;
    this.#contentType = contentType ?? "application/octet-stream";
  }

  async ready(): Promise<CallError | null> {
    return null;
  }

  async call(call: PlayedCall): Promise<void> {
    let hasHead = false;
    const respond = () => {
      if (!hasHead) call.respond(200, [["content-type", this.#contentType]]);
      hasHead = true;
    };
    const take = async (chunk: Buffer) => {
      respond();
      await call.write(chunk);
    };
    call.cancelled.addEventListener("abort", () => this.#once.terminate(), { once: true });
    try {
      const stdin = await this.#once.begin(variablesOf(call.head), take);
      // A program may end, or close its input, without having read all of it.
      void pipeline(call.body, stdin).catch(() => undefined);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      return call.fail({ code: "init_error", message: `the program could not be started: ${why}` });
    }
    const { code, outOfMemory, engineLost } = await this.#once.ended;
    // The facts of its end say more than we could.
    if (code === null || outOfMemory || engineLost) return call.drop();
    if (call.cancelled.aborted) return call.fail({ code: "function_error", message: "it was stopped" });
    if (code !== 0) return call.fail({ code: "function_error", message: this.#failure(code) });
    respond();
    call.end();
  }

  #failure(code: number): string {
    const tail = this.#once.lastLines().slice(-tailLines).join("\n").slice(-tailMost);
    return `the program exited with code ${code}${tail === "" ? "" : `: ${tail}`}`;
  }
}

/** What a program is told of its call as environment: never anything that is not one line of text. */
function variablesOf(head: CallHead): Record<string, string> {
  const at = head.path.indexOf("?");
  const type = head.headers.find(([name]) => name === "content-type")?.[1];
  const told: [string, string][] = [
    ["METHOD", head.method],
    ["PATH", at < 0 ? head.path : head.path.slice(0, at)],
    ["QUERY", at < 0 ? "" : head.path.slice(at + 1)],
    ["URL", head.url],
    ...factsOf(head),
    ...(type === undefined ? [] : [["CONTENT_TYPE", type] as [string, string]]),
    ...(head.traceparent === null ? [] : [["TRACEPARENT", head.traceparent] as [string, string]]),
    ["HEADERS", JSON.stringify(head.headers)],
  ];
  return Object.fromEntries(
    told.map(([name, value]) => [`PULSE_${name}`, value.replace(/[\u0000-\u001f\u007f]/g, " ")]),
  );
}
