import { chunksOf } from "./chunks.ts";

/** One message of a server-sent event stream. `data` is null for a sign of life that carries none: a comment, an id alone. */
export interface SentEvent {
  id: string;
  event: string;
  data: string | null;
}

/** A stream that comes faster than it is read leaves the page time to paint after this long. */
const atOnceMs = 12;

/**
 * The messages of a `text/event-stream` body as they arrive. The browser's own EventSource tells neither a silence nor the status of a refusal,
 * and gives up for good when a proxy answers with an error meanwhile.
 */
export async function* readEvents(body: ReadableStream<Uint8Array>): AsyncGenerator<SentEvent> {
  const decoder = new TextDecoder();
  let rest = "";
  let id = "";
  let since = performance.now();
  for await (const chunk of chunksOf(body)) {
    if (performance.now() - since > atOnceMs) {
      await new Promise((resolve) => setTimeout(resolve));
      since = performance.now();
    }
    rest += decoder.decode(chunk, { stream: true });
    const blocks = rest.split(/\r?\n\r?\n/);
    rest = blocks.pop() ?? "";
    for (const block of blocks) {
      const fields = fieldsOf(block);
      id = fields.id ?? id;
      yield { id, event: fields.event ?? "message", data: fields.data ?? null };
    }
  }
}

function fieldsOf(block: string): { id?: string; event?: string; data?: string } {
  const fields: { id?: string; event?: string; data?: string } = {};
  for (const line of block.split(/\r?\n/)) {
    const [, name, value = ""] = /^(id|event|data)(?:: ?(.*))?$/.exec(line) ?? [];
    if (name === "data") fields.data = fields.data === undefined ? value : `${fields.data}\n${value}`;
    else if (name === "id" || name === "event") fields[name] = value;
  }
  return fields;
}
