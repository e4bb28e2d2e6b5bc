import { isTerminal } from "@pulse/schema/status";
import type { Deps } from "../http/context.ts";
import { pause } from "../http/pause.ts";
import { standingRight } from "../http/standing-right.ts";
import { commandViewOf, progressOf } from "./view.ts";

/** What changes within this time is told together. */
const gatherMs = 100;

/** A command's progress as server-sent events whenever it changes, and its end. Ends early when the credential is no longer good. */
export async function* followCommand(
  { hub, ports }: Deps,
  { project, id, recheck }: { project: string; id: string; recheck(): Promise<unknown> },
  signal: AbortSignal,
): AsyncGenerator<string> {
  // The ticket is taken before the rows are read: what changes in between is told by a newer one.
  let { ticket } = await hub.watchEvents({ project, ticket: null, waitMs: 0 }, signal);
  let told = "";
  const right = standingRight(ports, recheck);
  while (!signal.aborted) {
    const progress = await progressOf(ports, project, id);
    if (isTerminal(progress.status)) {
      yield written("end", await commandViewOf(ports, project, id));
      return;
    }
    const text = written("progress", progress);
    if (text !== told) yield text;
    told = text;
    // A reader whose connection is silent for so long gets a comment, so that proxies keep it open.
    const watch = await hub.watchEvents({ project, ticket, waitMs: right.leftMs() }, signal);
    if (signal.aborted || !(await right.stands())) return;
    if (watch.ticket === ticket) yield ": quiet\n\n";
    else await pause(ports, gatherMs, signal);
    ticket = watch.ticket;
  }
}

function written(event: string, data: object): string {
  return `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}
