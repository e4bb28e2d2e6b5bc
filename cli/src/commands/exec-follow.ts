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
import { progressLine } from "./exec-output.ts";

const againMs = 1000;
const never = new AbortController().signal;

/** Follows a command to its end, with one line of progress where a terminal is. Ctrl-C asks once whether to cancel it everywhere. */
export async function followCommand(session: Session, id: string): Promise<CommandView> {
  const shown = progressOn(session);
  const letGo = takeOver((signal) => void askToCancel(session, id, shown, signal));
  try {
    for (;;) {
      const view = await followOnce(session, id, shown.show).catch((error: unknown) => {
        if (error instanceof ProblemError && error.status < 500) throw error;
        return null;
      });
      if (view !== null) return view;
      // The gateway was started again, or something between cut the stream: the command goes on there.
      await pause(againMs);
    }
  } finally {
    shown.clear();
    letGo();
  }
}

async function followOnce(
  { client }: Session,
  id: string,
  show: (progress: CommandProgress) => void,
): Promise<CommandView | null> {
  const headers = { accept: "text/event-stream" };
  const response = await client.open(getCommand, { params: { id }, headers, signal: never });
  if (response.body === null) return null;
  let event = "";
  for await (const line of linesOf(response.body)) {
    if (line.startsWith("event: ")) event = line.slice(7);
    if (!line.startsWith("data: ")) continue;
    const data: unknown = JSON.parse(line.slice(6));
    if (event === "end") return commandEvents.end.parse(data);
    if (event === "progress") show(commandEvents.progress.parse(data));
  }
  return null;
}

/** The line of progress: drawn again in its place, and nowhere but on a terminal. */
function progressOn({ json, colours, messages }: Session) {
  const isShown = process.stderr.isTTY === true && !json;
  let last: string | null = null;
  let isPaused = false;
  const clear = () => {
    if (last !== null) process.stderr.write("\r\u001b[2K");
  };
  return {
    total: 0,
    show(progress: CommandProgress) {
      this.total = progress.counts.total;
      if (!isShown || isPaused) return;
      clear();
      last = progressLine(progress, colours, messages);
      process.stderr.write(last);
    },
    clear,
    pause(isAsking: boolean) {
      if (isAsking) clear();
      last = null;
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
      .question(fill(messages.execReallyCancel, { count: shown.total }))
      .finally(() => asking.close());
    shown.pause(false);
    if (!/^(y|yes|s|sí|si)$/i.test(said.trim())) return;
  }
  // What ended meanwhile needs no cancelling; the view tells.
  await session.client
    .call(cancelExecution, { params: { id }, signal: never })
    .catch((error: unknown) => session.line(error instanceof Error ? error.message : String(error)));
}
