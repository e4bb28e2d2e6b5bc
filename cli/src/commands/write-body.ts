import { buffer } from "node:stream/consumers";

/**
 * Writes a response's body as it is. With `json` what is no JSON becomes a JSON document: text a string, other bytes `{base64}`; server-sent
 * events and NDJSON stay streams, one line a document. An empty body is `null`.
 */
export async function writeBody(response: Response, out: NodeJS.WriteStream, json: boolean): Promise<void> {
  const type = response.headers.get("content-type")?.split(";")[0]?.trim().toLowerCase() ?? "";
  if (!json || type === "application/x-ndjson") {
    for await (const chunk of response.body ?? []) out.write(chunk);
    if (!json && out.isTTY) out.write("\n");
    return;
  }
  if (type === "text/event-stream") return writeEvents(response, out);
  const bytes = await buffer(response.body ?? new ReadableStream({ start: (stream) => stream.close() }));
  const text = bytes.toString("utf8");
  if (bytes.length === 0) out.write("null\n");
  else if (/^application\/([\w.-]+\+)?json$/.test(type)) out.write(text.endsWith("\n") ? text : `${text}\n`);
  else if (Buffer.from(text, "utf8").equals(bytes)) out.write(`${JSON.stringify(text)}\n`);
  else out.write(`${JSON.stringify({ base64: bytes.toString("base64") })}\n`);
}

async function writeEvents(response: Response, out: NodeJS.WritableStream): Promise<void> {
  let rest = "";
  for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    const events = (rest + chunk).split(/\r?\n\r?\n/);
    rest = events.pop() ?? "";
    for (const event of events) out.write(`${JSON.stringify(fieldsOf(event))}\n`);
  }
}

/** One server-sent event as an object; several `data` lines are one text. */
function fieldsOf(event: string): Record<string, string> {
  const fields: Record<string, string> = {};
  for (const line of event.split(/\r?\n/)) {
    const at = line.indexOf(":");
    if (at === 0) continue;
    const name = at < 0 ? line : line.slice(0, at);
    const value = at < 0 ? "" : line.slice(at + 1).replace(/^ /, "");
    const before = name === "data" ? fields.data : undefined;
    fields[name] = before === undefined ? value : `${before}\n${value}`;
  }
  return fields;
}
