// What users' code prints and logs, as `L` frames.

import { Writable } from "node:stream";
import { StringDecoder } from "node:string_decoder";
import { flush, sendCut } from "./frames.mjs";
import { inspect } from "./inspect.mjs";

/** Sends a log line, whatever its fields are. */
export function log(call, stream, level, text, given) {
  let fields = given instanceof Error ? { error: given } : given;
  // The runner takes nothing but an object: arrays, dates and the like are wrapped.
  const isPlain =
    typeof fields === "object" && !Array.isArray(fields) && typeof fields?.toJSON !== "function";
  if (fields !== undefined && !isPlain) fields = { value: fields };
  const entry = { stream, level, text, fields: fields ?? undefined, time: Date.now() };
  try {
    sendCut("L", call, entry);
  } catch {
    sendCut("L", call, { ...entry, fields: { inspected: inspect(fields, { depth: 3 }) } });
  }
}

let printer = 0;

/** Says which call plain prints belong to from now on. */
export function printFor(call) {
  printer = call;
}

/** Makes `process.stdout` or `process.stderr` send log lines; the descriptor stays for native code and child processes. */
function capture(name, fd, level) {
  const stream = Object.assign(new Writable(), {
    fd,
    destroy: () => stream,
    end: (chunk) => chunk !== undefined && typeof chunk !== "function" && stream.write(chunk),
  });
  const decoder = new StringDecoder();
  let partial = "";
  stream.write = (chunk, encoding, done = encoding) => {
    const lines = (partial + (typeof chunk === "string" ? chunk : decoder.write(chunk))).split("\n");
    partial = lines.pop();
    for (const text of lines) log(printer, name, level, text);
    if (partial.length > 32_768) stream.endLine();
    flush();
    if (typeof done === "function") process.nextTick(done);
    return true;
  };
  stream.endLine = () => {
    if (partial !== "") log(printer, name, level, partial);
    partial = "";
  };
  Object.defineProperty(process, name, { configurable: true, enumerable: true, get: () => stream });
  return stream;
}

export const prints = [capture("stdout", 1, "info"), capture("stderr", 2, "error")];
