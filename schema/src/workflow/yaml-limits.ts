import { Lexer } from "yaml";

/** Tokens that a YAML text may have: a definition of 1000 steps has about half of that. */
const mostTokens = 200_000;
/** How deep brackets and indented blocks may nest, and how many `-` and `?` may stand in one line. */
const deepest = 100;

/** Control characters that the lexer puts between tokens; they are not in the text. */
const marks = new Set(["\x02", "\x18", "\x1f"]);

/**
 * Looks at the tokens of a YAML text for what would make reading it slow or deep; null when there is nothing. Reading takes
 * about 10 µs a token, and far more for brackets that nest or do not match; blocks are read by functions that call themselves.
 */
export function findYamlExcess(text: string): { offset: number; message: string } | null {
  const blocks = new Blocks();
  let offset = 0;
  let count = 0;
  let brackets = 0;
  let indicators = 0;
  for (const token of new Lexer().lex(text)) {
    if (marks.has(token)) continue;
    if (++count > mostTokens) return { offset, message: `has more than ${mostTokens} parts` };
    if (brackets === 0) blocks.take(token);
    if (token === "[" || token === "{") brackets++;
    if (token === "]" || token === "}") brackets--;
    if (token === "-" || token === "?") indicators++;
    if (token.includes("\n")) {
      indicators = 0;
      if (brackets > 0) blocks.newLine();
    }
    if (brackets < 0) return { offset, message: `unexpected ${token}` };
    if (brackets > deepest || indicators > deepest || blocks.depth > deepest)
      return { offset, message: `nests deeper than ${deepest} levels` };
    offset += token.length;
  }
  return null;
}

/** The columns at which the blocks begin that are open: each further right than the one around it. */
class Blocks {
  readonly #columns: number[] = [];
  #column = 0;
  /** Nothing stands before the next token in its line but spaces and indicators: it begins a block, or goes on with one. */
  #isFirst = true;

  get depth(): number {
    return this.#columns.length;
  }

  newLine(): void {
    this.#column = 0;
    this.#isFirst = true;
  }

  take(token: string): void {
    const isBlank = token.trim() === "" || token.startsWith("#");
    if (!isBlank && this.#isFirst) {
      while ((this.#columns.at(-1) ?? -1) >= this.#column) this.#columns.pop();
      this.#columns.push(this.#column);
      this.#isFirst = token === "-" || token === "?" || token === ":";
    }
    const end = token.lastIndexOf("\n");
    if (end < 0) this.#column += token.length;
    else {
      this.newLine();
      this.#column = token.length - end - 1;
    }
  }
}
