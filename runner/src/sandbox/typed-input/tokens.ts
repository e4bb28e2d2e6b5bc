/** A piece of source: a name, a number, a text (its value), a template, or one punctuation mark. `doc` is the documentation comment right before it. */
export interface Token {
  kind: "name" | "number" | "text" | "template" | "mark";
  value: string;
  doc: string | null;
}

/** What a regular expression may follow: anywhere else a slash divides. */
const beforePattern = new Set([..."(,=:[!&|?{};+-*%<>~^", "return", "typeof", "case", "=>"]);

const deepest = 60;
/** Characters that are looked through at most for the ends of what then has none. */
const vainMost = 4 * 1024 * 1024;

/** The pieces of TypeScript source, without comments. Throws a SyntaxError for what has no end. */
export function tokensOf(source: string): Token[] {
  const tokens: Token[] = [];
  let doc: string | null = null;
  let at = 0;
  let vain = 0;
  const push = (kind: Token["kind"], value: string) => {
    tokens.push({ kind, value, doc });
    doc = null;
  };
  const match = (pattern: RegExp) => {
    pattern.lastIndex = at;
    const found = pattern.exec(source);
    if (found !== null) at += found[0].length;
    return found;
  };
  /** Counts what was looked through up to here for nothing. */
  const lookedTo = (end: number) => {
    vain += end - at;
    if (vain > vainMost) throw new SyntaxError("too much in it has no end");
  };
  while (at < source.length) {
    if (match(/\s+|\/\/[^\n]*|^#![^\n]*/y) !== null) continue;
    const comment = match(/\/\*[\s\S]*?\*\//y);
    if (comment !== null) {
      if (comment[0].startsWith("/**")) doc = wordsOf(comment[0]);
      continue;
    }
    if (source.startsWith("/*", at)) throw new SyntaxError("a comment has no end");
    const name = match(/[\p{ID_Start}$_#@][\p{ID_Continue}$]*/uy);
    if (name !== null) {
      push("name", name[0]);
      continue;
    }
    const number = match(/0[xXbBoO][\da-fA-F_]+n?|(?:\d[\d_]*\.?[\d_]*|\.\d[\d_]*)(?:[eE][+-]?\d+)?n?/y);
    if (number !== null) {
      push("number", number[0]);
      continue;
    }
    const text = match(/"(?:[^"\\\n]|\\[\s\S])*"|'(?:[^'\\\n]|\\[\s\S])*'/y);
    if (text !== null) {
      push("text", text[0].slice(1, -1).replace(/\\(.)/g, "$1"));
      continue;
    }
    if (source[at] === '"' || source[at] === "'") lookedTo(endOfLine(source, at));
    if (source[at] === "`") {
      at = endOfTemplate(source, at);
      push("template", "");
      continue;
    }
    const before = tokens.at(-1);
    const mayBePattern = before === undefined || (before.kind !== "text" && beforePattern.has(before.value));
    if (mayBePattern && source[at] === "/") {
      if (match(/\/(?:[^/\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/\w*/y) !== null) {
        push("template", "");
        continue;
      }
      lookedTo(endOfLine(source, at));
    }
    push("mark", match(/=>|\.\.\.|[\s\S]/y)?.[0] ?? "");
  }
  return tokens;
}

/** The place after a template literal that begins here, with what stands in its `${…}`. */
function endOfTemplate(source: string, begin: number, depth = 0): number {
  if (depth > deepest) throw new SyntaxError("template literals stand too deep in each other");
  for (let at = begin + 1; at < source.length; at++) {
    if (source[at] === "\\") at++;
    else if (source[at] === "`") return at + 1;
    else if (source.startsWith("${", at)) {
      let open = 1;
      for (at += 2; at < source.length && open > 0; at++) {
        if (source[at] === "`") at = endOfTemplate(source, at, depth + 1) - 1;
        else if (source[at] === "{") open++;
        else if (source[at] === "}") open--;
      }
      at--;
    }
  }
  throw new SyntaxError("a template literal has no end");
}

/** Where the line ends that this place is in, and those that a backslash joins to it. */
function endOfLine(source: string, at: number): number {
  let end = source.indexOf("\n", at);
  while (end > 0 && source[end - 1] === "\\") end = source.indexOf("\n", end + 1);
  return end < 0 ? source.length : end;
}

/** The words of a comment, on one line. */
function wordsOf(comment: string): string {
  return comment
    .slice(3, -2)
    .replace(/^[ \t]*\*/gm, "")
    .replace(/\s+/g, " ")
    .trim();
}
