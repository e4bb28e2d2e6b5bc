// The request as a `Request`, or as the event of a handler.
import { refuse } from "./errors.mjs";

/** The request as `fetch` takes it: the path is the one below the function. */
export function requestOf({ head, chunks, hasAll }, body, ctx) {
  const init = { method: head.method, headers: head.headers };
  const isEmpty = /^(GET|HEAD)$/.test(head.method) || (hasAll && chunks.length === 0);
  if (!isEmpty)
    Object.assign(init, { body: hasAll ? Buffer.concat(chunks) : ReadableStream.from(body), duplex: "half" });
  const request = new Request(new URL(head.url).origin + head.path, init);
  // Handing the signal to the constructor costs more than the rest of the request, mostly for nobody.
  return Object.defineProperty(request, "signal", { get: () => ctx.signal });
}

/** The fields of a query or a form; a repeated one is a list. */
export function fieldsOf(text) {
  const fields = new Map();
  for (const [name, value] of new URLSearchParams(text)) {
    if (fields.has(name)) fields.get(name).push(value);
    else fields.set(name, [value]);
  }
  return Object.fromEntries([...fields].map(([name, all]) => [name, all.length > 1 ? all : all[0]]));
}

/** The most bytes of a body that becomes an event; more is taken as a stream. */
const eventMost = 6 * 2 ** 20;

async function partsOf({ chunks, hasAll }, body) {
  if (hasAll) return chunks;
  const parts = [];
  let bytes = 0;
  for await (const part of body) {
    bytes += part.length;
    if (bytes > eventMost)
      refuse("payload_too_large", "an event may have 6 MiB: `fetch` takes any body as a stream");
    parts.push(part);
  }
  return parts;
}

/** The whole body of a call. Refuses what is over the limit of an event. */
export const bytesOf = async (call, body) => Buffer.concat(await partsOf(call, body));

/** The event of `handler` and `main`. */
export const eventOf = async (call, body) => eventFrom(call.head, await bytesOf(call, body));

/** The event that a body is. */
export function eventFrom(head, bytes) {
  if (bytes.length === 0) return fieldsOf(/\?.*/s.exec(head.path)?.[0] ?? "");
  const declared = head.headers.find(([name]) => name === "content-type")?.[1] ?? "application/json";
  const type = declared.split(";")[0].trim().toLowerCase();
  const isForm = type === "application/x-www-form-urlencoded";
  // `curl -d '{…}'` declares JSON as a form (a real one percent-encodes braces), `fetch` declares strings as plain text.
  const looksLikeJson = /^\s*[[{"]/.test(bytes.toString("latin1", 0, 99));
  const isJson = /[/+]json$/.test(type) || (looksLikeJson && type === "text/plain");
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    return isJson || (isForm && looksLikeJson)
      ? JSON.parse(text.replace(/^\ufeff/, ""))
      : isForm
        ? fieldsOf(text)
        : text;
  } catch (error) {
    if (isForm) return fieldsOf(bytes.toString());
    if (!isJson) return new Uint8Array(bytes);
    return refuse("bad_request", `the body is not JSON: ${error.message}`);
  }
}
