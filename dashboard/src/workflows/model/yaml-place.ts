/** A place in a YAML text. */
export interface TextPlace {
  /** What it is in: names of fields, `[]` for items. */
  path: string[];
  /** The field whose value stands here; null: the name of a field does. */
  key: string | null;
  /** Where the word at the place begins. */
  from: number;
  /** The other fields of the object, with the text of their values. */
  siblings: ReadonlyMap<string, string>;
  /** Whether an item of a list begins here. */
  isItem: boolean;
}

interface Token {
  column: number;
  /** Null for the dash of an item. */
  key: string | null;
  value: string;
}

/** Finds what a place in a block of YAML is in, by how far its lines stand in; null inside comments and texts of several lines. */
export function yamlPlace(text: string, offset: number): TextPlace | null {
  const start = text.lastIndexOf("\n", offset - 1) + 1;
  const line = text.slice(start, offset);
  if (/(^|\s)#/.test(line)) return null;
  const here =
    /^(\s*(?:- +)*)(?:([\w$]+):\s+)?([^\s[\],{}"']*)$/.exec(line) ??
    /^(\s*(?:- +)*)([\w$]+):\s+.*?([^\s[\],{}"']*)$/.exec(line);
  if (here === null) return null;
  const [, indent = "", key, word = ""] = here;
  const dashes = [...indent].flatMap((char, column) => (char === "-" ? [column] : []));
  const column = indent.length;
  const above = text.slice(0, start).split("\n").slice(0, -1);
  const path = dashes.map(() => "[]");
  const siblings = new Map<string, string>();
  let need = dashes[0] ?? column;
  let isDash = dashes.length > 0;
  for (const one of above.reverse()) {
    for (const token of tokensOf(one).reverse()) {
      if (dashes.length === 0 && need === column && token.column === column && token.key !== null)
        siblings.set(token.key, token.value);
      if (token.column > need || (token.column === need && !(isDash && token.key !== null))) continue;
      path.unshift(token.key ?? "[]");
      need = token.column;
      isDash = token.key === null;
    }
  }
  for (const token of below(text, offset, column)) siblings.set(token.key ?? "", token.value);
  return { path, key: key ?? null, from: offset - word.length, siblings, isItem: dashes.length > 0 };
}

/** The fields that come after a place in the same object. */
function below(text: string, offset: number, column: number): Token[] {
  const end = text.indexOf("\n", offset);
  const found: Token[] = [];
  if (end < 0) return found;
  for (const line of text.slice(end + 1).split("\n")) {
    const [first] = tokensOf(line);
    if (first === undefined) continue;
    if (first.column < column) break;
    if (first.column === column && first.key !== null) found.push(first);
  }
  return found;
}

/** The dashes and the field that a line begins with. */
function tokensOf(line: string): Token[] {
  const [, indent = "", key, value = ""] = /^(\s*(?:- +)*)(?:([\w$]+):(?:\s+(.*))?)?/.exec(line) ?? [];
  if (line.trimStart().startsWith("#")) return [];
  const tokens: Token[] = [...indent].flatMap((char, column) =>
    char === "-" ? [{ column, key: null, value: "" }] : [],
  );
  if (key !== undefined) tokens.push({ column: indent.length, key, value: value.trim() });
  return tokens;
}
