import type { DiskEvent } from "./trace.ts";

/** What a gateway had told somebody by an event of its recording: from then on it has to be on the disk. */
export interface Ack {
  at: number;
  what: "accepted" | "settled" | "deployed";
  id: string;
}

/** Reads from the answers that a recorded gateway sent what it acknowledged, in order. */
export function acksOf(events: readonly DiskEvent[]): Ack[] {
  const acks: Ack[] = [];
  events.forEach((event, at) => {
    if (event.kind !== "said" || !event.text.startsWith("HTTP/1.1 20")) return;
    const { text } = event;
    const add = (what: Ack["what"], id: string | undefined) => {
      if (id !== undefined) acks.push({ at, what, id });
    };
    if (text.startsWith("HTTP/1.1 202")) add("accepted", /^pulse-execution-id: (exe_\w+)/im.exec(text)?.[1]);
    if (text.startsWith("HTTP/1.1 201")) add("deployed", /"id":"(ver_\w+)"/.exec(text)?.[1]);
    for (const [, id] of text.matchAll(/"execution":"(exe_\w+)","fence":\d+,"result":"ok"/g))
      add("settled", id);
  });
  return acks;
}
