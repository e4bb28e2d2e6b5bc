import type { Duplex } from "node:stream";
import { duplexPair } from "node:stream";
import { FrameLine } from "../../frames.ts";
import type { PlayedLine } from "./played-frames.ts";

/**
 * A line to a program that speaks frames itself, on whichever transport it chooses. The runner greets in its place, for a program may take long to
 * start: one that has not greeted within `readyMs` of a load could not be initialised.
 */
export function passFrames(transport: Promise<Duplex>, readyMs: number, onLoad: () => void): PlayedLine {
  const [near, far] = duplexPair();
  const line = new FrameLine(near);
  const own = new FrameLine(far);
  const greeted = Promise.withResolvers<FrameLine>();
  greeted.promise.catch(() => undefined);
  transport.then((stream) => {
    const program = new FrameLine(stream);
    let hasGreeted = false;
    program.listen((type, number, payload) => {
      if (hasGreeted) own.send(type, number, payload);
      else if (type === "R" && number === 0) {
        hasGreeted = true;
        greeted.resolve(program);
      }
    });
    program.onClose(() => own.close());
    line.stream.once("close", () => program.close());
  }, greeted.reject);
  let program: FrameLine | null = null;
  const load = async (payload: Buffer) => {
    onLoad();
    const limit = Promise.withResolvers<null>();
    const timer = setTimeout(() => limit.resolve(null), readyMs);
    program = await Promise.race([greeted.promise.catch(() => null), limit.promise]);
    clearTimeout(timer);
    if (program !== null) return program.send("I", 0, payload);
    const message = `the program did not greet within ${readyMs / 1000} s: with protocol stdio it speaks the frames of runtimes/PROTOCOL.md`;
    own.send("X", 0, JSON.stringify({ code: "init_error", message }));
  };
  own.listen((type, number, payload) => {
    if (type === "I") void load(Buffer.from(payload));
    else program?.send(type, number, payload);
  });
  return {
    line,
    begin: () => own.send("R", 0, JSON.stringify({ stem: true, language: "image", languageVersion: "" })),
    drop: () => undefined,
  };
}
