import { readFileSync } from "node:fs";

/** One line that a function wrote outside of Pulse: an attempt began, or came to its end. */
export interface Effect {
  what: "start" | "end";
  tag: string;
  execution: string;
  attempt: number;
  /** Nanoseconds of the machine's monotonic clock. */
  at: bigint;
}

/** The functions under test: each tells the ledger when an attempt begins and when it has done its work. */
export const functionSource = `import { appendFileSync } from "node:fs";
export const handler = async (event, ctx) => {
  const note = (what) => appendFileSync(ctx.env.LEDGER, [what, event.tag, ctx.executionId, ctx.attempt, process.hrtime.bigint()].join(" ") + "\\n");
  note("start");
  console.log("attempt " + ctx.attempt + " of " + event.tag);
  if (event.ms > 0) await new Promise((resolve) => setTimeout(resolve, event.ms));
  if (ctx.attempt <= event.failures) throw new Error("asked to fail");
  note("end");
  return { tag: event.tag };
};
`;

/** Reads the ledger that the functions wrote. Throws on a line that is none of theirs. */
export function readEffects(file: string): Effect[] {
  const lines = readFileSync(file, "utf8").split("\n");
  return lines.flatMap((line) => {
    if (line === "") return [];
    const [what, tag, execution, attempt, at] = line.split(" ");
    if ((what !== "start" && what !== "end") || !tag || !execution || !attempt || !at) {
      throw new Error(`the ledger has a line that no function wrote: ${line}`);
    }
    return [{ what, tag, execution, attempt: Number(attempt), at: BigInt(at) }];
  });
}
