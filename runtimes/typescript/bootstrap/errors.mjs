// What is thrown: the errors users may throw on purpose, and any error as the payload of `X`.
import { existsSync, readFileSync } from "node:fs";
import { SourceMap } from "node:module";
import { dirname, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { inspect } from "./inspect.mjs";

/** Thrown by users: no retry. */
export class PermanentError extends Error {
  name = "PermanentError";
  permanent = true;
}

/** Thrown by users: a retry, but no earlier. */
export class RetryAfter extends Error {
  name = "RetryAfter";
  constructor(seconds, message = `retry after ${seconds} s`, options = undefined) {
    super(message, options);
    this.retryAfterMs = Math.max(0, Math.round(seconds * 1000)) || 0;
  }
}

/** Throws what is answered as `bad_request` or `bad_response`. */
export function refuse(code, message) {
  const name = { bad_request: "BadRequest", payload_too_large: "PayloadTooLarge" }[code] ?? "BadResponse";
  throw Object.assign(new TypeError(message), { name, refusal: code });
}

let folder = "/";
const ours = new URL("../bootstrap", import.meta.url).href;

/** Names the folder that `file` is relative to. */
export function setCodeFolder(path) {
  folder = path;
}

const maps = new Map();

/** A place in a loaded file as the user knows it, by the source map beside the file. Below the code folder the path is relative. */
export function sourceOf(place, row, column) {
  const path = place.startsWith("file:") ? fileURLToPath(place) : place;
  const map =
    maps.get(path) ?? (existsSync(`${path}.map`) && JSON.parse(readFileSync(`${path}.map`, "utf8")));
  maps.set(path, map);
  const found = map && new SourceMap(map).findEntry(row - 1, column - 1);
  if (!found?.originalSource) return [relative(folder, path), row, column];
  const source = resolve(dirname(path), found.originalSource.replace(/^file:\/\//, ""));
  return [
    relative(folder, source).replace(/^(\.\.\/)+/, ""),
    found.originalLine + 1,
    found.originalColumn + 1,
  ];
}

/** A stack in the user's terms, and the innermost place in code of his own. */
export function trace(stack) {
  const found = { stack: "" };
  for (const text of stack.split("\n")) {
    if (text.includes(ours) || /^\s+at .*\bnode:/.test(text)) continue;
    const match = /^(\s+at .*?|)((?:file:\/\/)?\/[^\s()]+?):(\d+)(?::(\d+))?(\)?)$/.exec(text);
    const [file, row, column] = match ? sourceOf(match[2], Number(match[3]), Number(match[4] ?? 1)) : [".."];
    const isOurs = file.startsWith("..");
    found.stack += isOurs ? `${text}\n` : `${match[1]}${file}:${row}:${column}${match[5]}\n`;
    if (!isOurs && !file.includes("node_modules/") && !found.file) Object.assign(found, { file, line: row });
  }
  return { ...found, stack: found.stack.trimEnd() };
}

/** Whatever was thrown, as the payload of `X`. */
export function report(error, code) {
  if (error?.refusal) return { code: error.refusal, name: error.name, message: error.message };
  const { message, stack, permanent, retryAfterMs } = Object(error);
  const isError = typeof message === "string" && typeof stack === "string";
  const stacks = [stack];
  for (let cause = error?.cause; cause?.stack && stacks.length < 6; cause = cause.cause)
    stacks.push(cause.stack);
  return {
    code,
    name: isError ? String(error.name) : "Error",
    message: isError ? message : inspect(error).replace(/^'(.*)'$/s, "$1"),
    ...(isError && trace(stacks.join("\nCaused by: "))),
    ...(permanent === true && { permanent }),
    ...(Number.isFinite(retryAfterMs) && { retryAfterMs: Math.max(0, retryAfterMs) }),
  };
}
