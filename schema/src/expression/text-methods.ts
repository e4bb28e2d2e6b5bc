import type { Call, MethodBody } from "./call.ts";
import { expressionLimits } from "./limits.ts";
import { ExpressionFault } from "./problem.ts";
import { replaceText } from "./replace-text.ts";
import { toNumber, toText, type Value } from "./values.ts";

function textAt(args: readonly Value[], index: number, call: Call): string {
  return toText(args[index], call.work);
}

// NaN stands where JavaScript would make one of undefined; the methods below treat both alike.
function numberAt(args: readonly Value[], index: number, call: Call): number {
  return toNumber(args[index], call.work);
}

function optionalNumber(args: readonly Value[], index: number, call: Call): number | undefined {
  return args[index] === undefined ? undefined : numberAt(args, index, call);
}

/** What is looked for, after taking what looking for it costs. */
function needle(text: string, args: readonly Value[], call: Call): string {
  const wanted = textAt(args, 0, call);
  call.work.search(text.length, wanted.length);
  return wanted;
}

/** What one end is compared with. */
function affix(args: readonly Value[], call: Call): string {
  const wanted = textAt(args, 0, call);
  call.work.read(wanted.length);
  return wanted;
}

/** A method that reads all of its text and answers with one that is not much longer. */
function whole(make: (text: string) => string): MethodBody<string> {
  return (text, _args, call) => {
    call.work.text(text.length);
    const made = make(text);
    call.work.text(made.length);
    return made;
  };
}

/** A method that takes one character out; a text that was put together is laid out in memory first, hence what it costs. */
function character(take: (text: string, index: number) => string | number | undefined): MethodBody<string> {
  return (text, args, call) => {
    call.work.spend(Math.ceil(text.length / 1024));
    return take(text, numberAt(args, 0, call));
  };
}

/** A method that takes a stretch out. */
function stretch(take: (text: string, from: number, to: number | undefined) => string): MethodBody<string> {
  return (text, args, call) => {
    const part = take(text, numberAt(args, 0, call), optionalNumber(args, 1, call));
    call.work.text(part.length);
    return part;
  };
}

function pad(text: string, args: readonly Value[], call: Call, side: "padStart" | "padEnd"): string {
  const length = numberAt(args, 0, call);
  const filler = args[1] === undefined ? " " : textAt(args, 1, call);
  call.work.text(Math.max(text.length, Number.isNaN(length) ? 0 : length));
  return side === "padStart" ? text.padStart(length, filler) : text.padEnd(length, filler);
}

function repeat(text: string, args: readonly Value[], call: Call): string {
  const count = numberAt(args, 0, call);
  if (count <= -1 || count === Number.POSITIVE_INFINITY) {
    throw new ExpressionFault("out_of_range", `repeat needs a count from 0 on, got ${count}`);
  }
  const times = Number.isNaN(count) ? 0 : Math.trunc(count);
  call.work.text(text.length * times);
  return text.repeat(times);
}

function split(text: string, args: readonly Value[], call: Call): Value {
  const most = args[1] === undefined ? 2 ** 32 - 1 : numberAt(args, 1, call) >>> 0;
  if (args[0] === undefined) return most === 0 ? [] : [text];
  const pieces = Math.min(most, Math.min(call.work.left, expressionLimits.size / 8) + 1);
  const list = text.split(needle(text, args, call), pieces);
  call.work.list(list.length);
  return list;
}

function concat(text: string, args: readonly Value[], call: Call): string {
  let made = text;
  for (const [index] of args.entries()) {
    const more = textAt(args, index, call);
    call.work.text(made.length + more.length);
    made += more;
  }
  return made;
}

/** The methods of texts. */
export const textMethods: ReadonlyMap<string, MethodBody<string>> = new Map<string, MethodBody<string>>([
  ["at", character((text, index) => text.at(index))],
  ["charAt", character((text, index) => text.charAt(index))],
  ["charCodeAt", character((text, index) => text.charCodeAt(index))],
  ["codePointAt", character((text, index) => text.codePointAt(index))],
  ["concat", concat],
  ["endsWith", (text, args, call) => text.endsWith(affix(args, call), optionalNumber(args, 1, call))],
  ["includes", (text, args, call) => text.includes(needle(text, args, call), optionalNumber(args, 1, call))],
  ["indexOf", (text, args, call) => text.indexOf(needle(text, args, call), optionalNumber(args, 1, call))],
  [
    "lastIndexOf",
    (text, args, call) => text.lastIndexOf(needle(text, args, call), optionalNumber(args, 1, call)),
  ],
  ["padEnd", (text, args, call) => pad(text, args, call, "padEnd")],
  ["padStart", (text, args, call) => pad(text, args, call, "padStart")],
  ["repeat", repeat],
  [
    "replace",
    (text, args, call) => replaceText(text, textAt(args, 0, call), textAt(args, 1, call), false, call.work),
  ],
  [
    "replaceAll",
    (text, args, call) => replaceText(text, textAt(args, 0, call), textAt(args, 1, call), true, call.work),
  ],
  ["slice", stretch((text, from, to) => text.slice(from, to))],
  ["split", split],
  ["startsWith", (text, args, call) => text.startsWith(affix(args, call), optionalNumber(args, 1, call))],
  ["substring", stretch((text, from, to) => text.substring(from, to))],
  ["toLowerCase", whole((text) => text.toLowerCase())],
  ["toString", (text) => text],
  ["toUpperCase", whole((text) => text.toUpperCase())],
  ["trim", whole((text) => text.trim())],
  ["trimEnd", whole((text) => text.trimEnd())],
  ["trimStart", whole((text) => text.trimStart())],
]);
