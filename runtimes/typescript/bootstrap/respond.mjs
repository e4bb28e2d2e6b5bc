// What code returned, as a response (PROTOCOL.md, Return rules).
import { refuse } from "./errors.mjs";
import { send } from "./frames.mjs";

/** What JSON cannot carry in a value that JSON.stringify would drop or change, and where; else undefined. */
function faultOf(value, above) {
  const fault = (what) => ({ what, path: "" });
  if (typeof value === "number") return Number.isFinite(value) ? undefined : fault(String(value));
  if (["bigint", "function", "symbol"].includes(typeof value)) return fault(`a ${typeof value}`);
  if (typeof value !== "object" || value === null || typeof value.toJSON === "function") return undefined;
  if (above.includes(value)) return fault("a cycle");
  const odd = [Map, Set, WeakMap, WeakSet, Promise, ArrayBuffer, RegExp].find((one) => value instanceof one);
  if (odd ?? ArrayBuffer.isView(value)) return fault(`a ${value.constructor.name}`);
  above.push(value);
  for (const key of Array.isArray(value) ? value.keys() : Object.keys(value)) {
    const found = faultOf(value[key], above);
    if (found) return { ...found, path: (Array.isArray(value) ? `[${key}]` : `.${key}`) + found.path };
  }
  above.pop();
}

function json(value) {
  let fault;
  try {
    fault = faultOf(value, []);
    if (!fault) return Buffer.from(JSON.stringify(value));
  } catch (error) {
    refuse("bad_response", `the returned value cannot be sent as JSON: ${error.message}`);
  }
  refuse("bad_response", `the returned value has ${fault.what} at $${fault.path}, which JSON cannot carry`);
}

const isBytes = (value) => value instanceof ArrayBuffer || ArrayBuffer.isView(value);

function bytesOf(value) {
  if (value instanceof ArrayBuffer) return new Uint8Array(value);
  if (isBytes(value)) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  return typeof value === "string" ? Buffer.from(value) : json(value);
}

function eventText(item) {
  if (typeof item !== "object" || item === null) return eventText({ data: item });
  const oneLine = ["event", "id", "retry"].filter((key) => item[key] !== undefined);
  const data =
    typeof item.data === "string" ? item.data : item.data === undefined ? "" : json(item.data).toString();
  const lines = oneLine.map((key) => `${key}: ${String(item[key]).replace(/[\r\n]+/g, " ")}\n`);
  return `${lines.join("")}${data.replace(/^|\r\n|\r|\n/g, (end) => `${end && "\n"}data: `)}\n\n`;
}

const text = "text/plain; charset=utf-8";
const binary = "application/octet-stream";

/** How the items of a stream are sent, judged by the first. */
function formatOf(first) {
  if (first === undefined || typeof first === "string") return [text, bytesOf];
  if (isBytes(first)) return [binary, bytesOf];
  const isEvent = typeof first === "object" && first !== null && ("data" in first || "event" in first);
  return isEvent
    ? ["text/event-stream", (item) => Buffer.from(eventText(item))]
    : ["application/x-ndjson", (item) => Buffer.concat([json(item), Buffer.from("\n")])];
}

const lambdaKeys = ["statusCode", "headers", "body", "isBase64Encoded", "cookies"];

/** Sends what the code returned, by the return rules. */
export async function respond(call, value) {
  const head = (status, headers) => {
    if (!(status >= 100 && status <= 599))
      refuse("bad_response", `a response needs a status of 200 to 599, got ${status}`);
    if (!send("H", call.id, JSON.stringify({ status, headers })))
      refuse("bad_response", "the headers are over 64 KiB");
  };
  const whole = (type, bytes, status = 200) => {
    head(status, type ? [["content-type", type]] : []);
    return call.write(bytes);
  };
  if (value === undefined || value === null) return whole("", "", 204);
  if (typeof value === "string") return whole(text, bytesOf(value));
  if (isBytes(value)) return whole(binary, bytesOf(value));
  if (value instanceof Response) {
    head(value.status, [...value.headers]);
    const reader = value.body?.getReader();
    if (reader) call.signal.addEventListener("abort", () => reader.cancel(call.reason).catch(() => {}));
    for (let part = await reader?.read(); part && !part.done; part = await reader.read())
      await call.write(bytesOf(part.value));
    if (reader && call.reason) throw call.reason;
  } else if (value[Symbol.asyncIterator] || (typeof value.next === "function" && value[Symbol.iterator])) {
    let format;
    for await (const item of value) {
      if (!format) head(200, [["content-type", formatOf(item)[0]]]);
      format ??= formatOf(item)[1];
      await call.write(format(item));
    }
    if (!format) head(200, [["content-type", text]]);
  } else if (
    Number.isInteger(value.statusCode) &&
    Object.keys(value).every((key) => lambdaKeys.includes(key))
  ) {
    const { statusCode, headers, body, isBase64Encoded, cookies } = value;
    const list = new Headers();
    try {
      for (const [name, one] of Object.entries(headers ?? {}))
        for (const single of [one].flat()) list.append(name, single);
      for (const cookie of cookies ?? []) list.append("set-cookie", cookie);
      if (statusCode < 200 || statusCode > 599)
        throw new RangeError(`statusCode must be 200 to 599, got ${statusCode}`);
    } catch (error) {
      refuse("bad_response", error.message);
    }
    const bytes = isBase64Encoded ? Buffer.from(body ?? "", "base64") : bytesOf(body ?? "");
    const type = isBase64Encoded ? binary : typeof body === "string" ? text : "application/json";
    if (bytes.length > 0 && !list.has("content-type")) list.set("content-type", type);
    head(statusCode, [...list]);
    await call.write(bytes);
  } else await whole("application/json", json(value));
}
