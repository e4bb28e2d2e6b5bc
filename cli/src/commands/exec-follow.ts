import { createInterface } from "node:readline/promises";
import { setTimeout as pause } from "node:timers/promises";
import { ProblemError } from "@pulse/schema/problem";
import {
  type CommandProgress,
  type CommandView,
  commandEvents,
  getCommand,
} from "@pulse/schema/wire/commands";
import { cancelExecution } from "@pulse/schema/wire/executions";
import { takeOver } from "../interrupt.ts";
import { linesOf } from "../lines.ts";
import { fill } from "../messages/say.ts";
import type { Session } from "../session.ts";
import { machinesText, progressLine } from "./exec-output.ts";

const againMs = 1000;
const never = new AbortController().signal;

/** Follows a command to its end, with one line of progress where a terminal is. Ctrl-C asks once whether to cancel it everywhere. */
export async function followCommand(session: Session, id: string): Promise<CommandView> {
  const shown = progressOn(session);
  const letGo = takeOver((signal) => void askToCancel(session, id, shown, signal));
  try {
    for (;;) {
      for await (const { event, data } of eventsOf(session, id)) {
        if (event === "end") return commandEvents.end.parse(JSON.parse(data));
        if (event === "progress") shown.show(commandEvents.progress.parse(JSON.parse(data)));
      }
      // The gateway was started again, or something between cut the stream: the command goes on there.
      await pause(againMs);
    }
  } finally {
    shown.clear();
    letGo();
  }
}

/** What the gateway tells, until the stream ends or breaks. Throws what it refuses. */
async function* eventsOf({ client }: Session, id: string): AsyncGenerator<{ event: string; data: string }> {
  try {
    const headers = { accept: "text/event-stream" };
    const response = await client.open(getCommand, { params: { id }, headers, signal: never });
    let event = "";
    if (response.body === null) return;
    for await (const line of linesOf(response.body)) {
      if (line.startsWith("event: ")) event = line.slice(7);
      if (line.startsWith("data: ")) yield { event, data: line.slice(6) };
    }
  } catch (error) {
    if (error instanceof ProblemError && error.status < 500) throw error;
  }
}

/** The line of progress: drawn again in its place, and nowhere but on a terminal. */
function progressOn({ json, colours, messages }: Session) {
  const isShown = process.stderr.isTTY === true && !json;
  let total = 0;
  let isDrawn = false;
  let isPaused = false;
  const clear = () => {
    if (isDrawn) process.stderr.write("\r\u001b[2K");
    isDrawn = false;
  };
  return {
    total: () => total,
    clear,
    show(progress: CommandProgress) {
      total = progress.counts.total;
      if (!isShown || isPaused) return;
      clear();
      process.stderr.write(progressLine(progress, colours, messages));
      isDrawn = true;
    },
    /** Makes room for a question, until it is answered. */
    pause(isAsking: boolean) {
      clear();
      isPaused = isAsking;
    },
  };
}

async function askToCancel(
  session: Session,
  id: string,
  shown: ReturnType<typeof progressOn>,
  name: NodeJS.Signals,
): Promise<void> {
  const { messages, json } = session;
  const mayAsk = name === "SIGINT" && !json && process.stdin.isTTY && process.stderr.isTTY;
  if (mayAsk) {
    shown.pause(true);
    // Not in raw mode, so that another Ctrl-C is a signal and ends this at once.
    const asking = createInterface({ input: process.stdin, output: process.stderr, terminal: false });
    const said = await asking
      .question(fill(messages.execReallyCancel, { machines: machinesText(shown.total(), messages) }))
      .finally(() => asking.close());
    shown.pause(false);
    if (!/^(y|yes|s|sí|si)$/i.test(said.trim())) return;
  }
  // What ended meanwhile needs no cancelling; the view tells.
  await session.client
    .call(cancelExecution, { params: { id }, signal: never })
    .catch((error: unknown) => session.line(error instanceof Error ? error.message : String(error)));
}
