import { createInterface } from "node:readline/promises";
import type { Session } from "../session.ts";

/** Whether somebody is there to be asked. */
export function isAtTerminal({ json }: Session): boolean {
  return !json && !process.env.CI && process.stdin.isTTY === true && process.stderr.isTTY === true;
}

/** Asks a line at the terminal; rejects when the signal fires. Not in raw mode, so that Ctrl-C stays a signal. */
export async function question(text: string, signal: AbortSignal): Promise<string> {
  const asking = createInterface({ input: process.stdin, output: process.stderr, terminal: false });
  try {
    return (await asking.question(text, { signal })).trim();
  } finally {
    asking.close();
  }
}
