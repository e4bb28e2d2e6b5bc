import type * as z from "zod";
import type { FrameLine } from "../frames.ts";
import type { JobLink } from "../work.ts";
import type { CallEnd, invokeFrame } from "./runtime-frames.ts";

const partBytes = 65_536;

/** A call between its `Q` and its `D`. */
export interface Call {
  number: number;
  link: JobLink;
  credit: number;
  pay: (() => void) | null;
  response: ReadableStreamDefaultController<Uint8Array> | null;
  wantsMore: (() => void) | null;
  sentinels: Set<string>;
  nonce: string;
  onSentinel: (() => void) | null;
  settle(end: CallEnd): void;
  finish(): void;
  signal: AbortSignal;
}

/** Sends the request body within the credit that the process gives. A body that breaks off aborts the call. */
export async function sendBody(call: Call, line: FrameLine): Promise<void> {
  try {
    const body = await call.link.openBody(call.signal);
    for await (const chunk of body ?? []) {
      for (let at = 0; at < chunk.length; ) {
        while (call.credit <= 0) {
          await new Promise<void>((resolve) => {
            call.pay = resolve;
          });
        }
        const part = chunk.subarray(at, at + Math.min(partBytes, call.credit));
        call.credit -= part.length;
        at += part.length;
        line.send("B", call.number, part);
      }
    }
    line.send("E", call.number, "");
  } catch (error) {
    call.link.log({
      t: Date.now(),
      s: "system",
      l: "error",
      d: `the request body broke off: ${String(error)}`,
    });
    line.send("C", call.number, JSON.stringify({ reason: "disconnected" }));
    line.send("E", call.number, "");
  }
}

/** `ctx.invoke`: asks the gateway and answers the process. */
export async function answerInvoke(
  call: Call,
  line: FrameLine,
  { id, name, input }: z.output<typeof invokeFrame>,
): Promise<void> {
  let answer: Record<string, unknown>;
  try {
    const { status, value } = await call.link.invoke(name, input, call.signal);
    answer = { id, ok: true, status, value };
  } catch (error) {
    const code =
      typeof error === "object" && error !== null && "code" in error ? String(error.code) : "infrastructure";
    answer = { id, ok: false, code, message: error instanceof Error ? error.message : String(error) };
  }
  const text = JSON.stringify(answer);
  const fits = Buffer.byteLength(text) <= partBytes;
  const tooLarge = {
    id,
    ok: false,
    code: "payload_too_large",
    message: "the answer of ctx.invoke is over 64 KiB",
  };
  line.send("A", call.number, fits ? text : JSON.stringify(tooLarge));
}
