import { duplexPair } from "node:stream";
import { headerList, trigger } from "@pulse/schema/wire/job";
import * as z from "zod";
import { FrameLine } from "../../frames.ts";
import type { CallError } from "../outcome.ts";
import { PlayedCall } from "./played-call.ts";

const callHead = z.object({
  executionId: z.string(),
  attempt: z.number(),
  idempotencyKey: z.string().nullable(),
  alias: z.string().nullable(),
  trigger,
  deadline: z.number(),
  timeoutMs: z.number(),
  method: z.string(),
  url: z.string(),
  path: z.string(),
  headers: headerList,
  body: z.boolean(),
  traceparent: z.string().nullable(),
  nonce: z.string(),
});
/** A request as a program gets it. */
export type CallHead = z.output<typeof callHead>;

/** A program that speaks something else than frames. */
export interface Program {
  /** What it is called with: `http` or `exec`. */
  kind: string;
  /** Resolves when it can be called; an error says in words why it cannot, and `ended` leaves that to how its container did. */
  ready(): Promise<CallError | "ended" | null>;
  /** Runs one call to its end. Never rejects. */
  call(call: PlayedCall): Promise<void>;
}

/** A line of frames on whose other end the runner itself plays the runtime, for a program that speaks something else. */
export interface PlayedLine {
  line: FrameLine;
  /** Greets; to be called when something listens to the line. */
  begin(): void;
  /** The program has ended: what it was called for is not answered any more. */
  drop(): void;
}

/** Plays the runtime of a program. `onLoad` hears that a version is loaded. */
export function playFrames(program: Program, onLoad: () => void): PlayedLine {
  const [near, far] = duplexPair();
  const line = new FrameLine(near);
  const own = new FrameLine(far);
  const calls = new Map<number, PlayedCall>();
  const load = async () => {
    onLoad();
    const begun = performance.now();
    const error = await program.ready();
    if (error === "ended") return;
    if (error !== null) return own.send("X", 0, JSON.stringify(error));
    const initMs = performance.now() - begun;
    own.send("R", 0, JSON.stringify({ ok: true, kinds: [program.kind], initMs }));
  };
  own.listen((type, number, payload) => {
    if (type === "I") void load();
    else if (type === "Q") {
      const call = new PlayedCall(own, number, callHead.parse(JSON.parse(payload.toString("utf8"))));
      calls.set(number, call);
      void program.call(call).finally(() => calls.delete(number));
    } else calls.get(number)?.receive(type, payload);
  });
  return {
    line,
    begin: () => own.send("R", 0, JSON.stringify({ stem: true, language: "image", languageVersion: "" })),
    drop() {
      for (const call of calls.values()) call.drop();
    },
  };
}
