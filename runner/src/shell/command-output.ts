import type { CommandEnd } from "@pulse/schema/wire/command";
import { LineCutter } from "../sandbox/sandbox.ts";
import type { CapturedLine } from "../work.ts";
import { OutputTail } from "./output-tail.ts";

/** Where the output of a command goes. */
export interface OutputLink {
  log(line: CapturedLine): void;
  /** Hides its secrets in a text that comes in parts. */
  hide(): { add(part: string): string; end(): string };
  /** What was logged of it by an earlier process. */
  earlier?: readonly Pick<CapturedLine, "s" | "d">[];
}

type Ends = Pick<CommandEnd, "stdout" | "stdoutTruncated" | "stderr" | "stderrTruncated">;

/** Takes raw output: line by line for the log, and the end of what each stream said. */
export function takeOutput(link: OutputLink): {
  take(stream: "stdout" | "stderr", chunk: Buffer): void;
  end(): Ends;
} {
  const streams = { stdout: streamOf(link, "stdout"), stderr: streamOf(link, "stderr") };
  return {
    take: (stream, chunk) => streams[stream].take(chunk),
    end() {
      const [out, err] = [streams.stdout.end(), streams.stderr.end()];
      return {
        ...{ stdout: out.text, stdoutTruncated: out.isTruncated },
        ...{ stderr: err.text, stderrTruncated: err.isTruncated },
      };
    },
  };
}

function streamOf(link: OutputLink, s: "stdout" | "stderr") {
  const cutter = new LineCutter((d) => {
    if (d !== null) link.log({ t: Date.now(), s, d });
  });
  const hidden = link.hide();
  const tail = new OutputTail();
  const decoder = new TextDecoder();
  for (const line of link.earlier ?? []) if (line.s === s) tail.add(`${line.d}\n`);
  return {
    take(chunk: Buffer) {
      cutter.add(chunk);
      tail.add(hidden.add(decoder.decode(chunk, { stream: true })));
    },
    end() {
      cutter.end();
      tail.add(hidden.add(decoder.decode()) + hidden.end());
      return tail.end();
    },
  };
}
