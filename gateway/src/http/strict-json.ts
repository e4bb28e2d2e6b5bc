import { ProblemError } from "@pulse/schema/problem";

const depthMost = 64;
const keysMost = 100_000;
const numberMost = 400;

const quote = 0x22;
const backslash = 0x5c;

/** An object or an array that is open where the scan stands. */
interface Open {
  /** Names seen in this object; null in an array. */
  names: Set<string> | null;
  /** The last of them. */
  name: string;
  /** Whether the next text is a name. */
  isNext: boolean;
}

/**
 * Parses JSON that means the same to whoever reads it: no name twice in an object, no number or text that is none in JavaScript, nothing that
 * nests deeper than 64, no name that could reach a prototype (RFC 8259 leaves the first two to the reader; JSON.stringify of 5,000 levels
 * throws). Throws `invalid_json` and says where.
 */
export function parseStrictJson(text: string): unknown {
  scan(text);
  try {
    return JSON.parse(text);
  } catch (error) {
    throw invalid(error instanceof Error ? error.message : "the body is not valid JSON");
  }
}

function invalid(detail: string): ProblemError {
  return new ProblemError("invalid_json", detail);
}

/** Looks at every name, number and text once, before anything is built of them. What is no JSON at all is left to the parser. */
function scan(text: string): void {
  if (text.charCodeAt(0) === 0xfeff) throw invalid("the body begins with a byte order mark; send it without");
  const open: Open[] = [];
  let names = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    const top = open.at(-1);
    if (code === quote) {
      const end = endOfText(text, i);
      if (top?.isNext === true && top.names !== null) {
        if (++names > keysMost) throw invalid(`the body has more than ${keysMost} names`);
        addName(top, nameOf(text.slice(i, end + 1)), open);
      }
      i = end;
    } else if (code === 0x7b || code === 0x5b) {
      if (open.length === depthMost) throw invalid(`the body nests deeper than ${depthMost} levels`);
      open.push({ names: code === 0x7b ? new Set() : null, name: "", isNext: code === 0x7b });
    } else if (code === 0x7d || code === 0x5d) open.pop();
    else if (code === 0x2c && top !== undefined) top.isNext = top.names !== null;
    else if (code === 0x2d || (code >= 0x30 && code <= 0x39)) i = endOfNumber(text, i);
  }
}

function addName(top: Open, name: string, open: readonly Open[]): void {
  if (top.names?.has(name)) throw invalid(`the name ${JSON.stringify(name)} stands twice in one object`);
  const isInConstructor = name === "prototype" && open.at(-2)?.name === "constructor";
  if (name === "__proto__" || isInConstructor) {
    throw invalid(`the name ${JSON.stringify(name)} may not be used here`);
  }
  top.names?.add(name);
  top.name = name;
  top.isNext = false;
}

function nameOf(quoted: string): string {
  if (!quoted.includes("\\")) return quoted.slice(1, -1);
  try {
    return String(JSON.parse(quoted));
  } catch {
    return quoted;
  }
}

/** The place of the quote that ends the text which starts at `from`. */
function endOfText(text: string, from: number): number {
  for (let i = from + 1; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === quote) return i;
    if (code !== backslash) continue;
    i += 1;
    if (text[i] === "u") i = endOfEscape(text, i);
  }
  return text.length;
}

/** The place of the last digit of `uXXXX`, or of the second one of a pair. */
function endOfEscape(text: string, at: number): number {
  const unit = Number.parseInt(text.slice(at + 1, at + 5), 16);
  if (!(unit >= 0xd800 && unit <= 0xdfff)) return at + 4;
  const low = /^\\u(d[c-f][0-9a-f]{2})$/i.test(text.slice(at + 5, at + 11));
  if (unit > 0xdbff || !low) throw invalid("a text has half of a surrogate pair");
  return at + 10;
}

function endOfNumber(text: string, from: number): number {
  let end = from;
  while (end < text.length && "+-.eE0123456789".includes(text[end] ?? "")) end += 1;
  if (end - from > numberMost || !Number.isFinite(Number(text.slice(from, end)) || 0)) {
    throw invalid(
      `the number ${text.slice(from, Math.min(end, from + 20))}… is too large to be exact or finite`,
    );
  }
  return end - 1;
}
