import type { Completion } from "@pulse/schema/wire/runner-protocol";

/** The outcome that the recorded spool keeps of an execution whose log has so many lines: its id decides all of it. */
export function outcomeOf(execution: string, lines: number): Completion {
  const text = `answer of ${execution} `.repeat(1 + (Number(execution.slice(4)) % 50));
  return {
    execution,
    fence: 1,
    outcome: {
      ...{
        status: "succeeded",
        reason: null,
        error: null,
        built: null,
        permanent: false,
        retryAfterMs: null,
      },
      response: { status: 200, headers: [], body: { base64: Buffer.from(text).toString("base64") } },
      ...{ timing: {}, truncated: false, logs: { lastSeq: lines, bytes: lines } },
    },
  };
}

/** One line of its log, as it is in a chunk. */
export function textOf(execution: string, seq: number): string {
  return `${JSON.stringify({ seq, t: 1, s: "stdout", d: `line ${seq} of ${execution}` })}\n`;
}
