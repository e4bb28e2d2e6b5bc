import { Lexer } from "yaml";

/** Tokens that a YAML text may have: a definition of 1000 steps has about half of that. */
const mostTokens = 200_000;
/** How deep brackets may nest, and how many `-` and `?` may stand in one line. */
const deepest = 100;

/** Control characters that the lexer puts between tokens; they are not in the text. */
const marks = new Set(["\x02", "\x18", "\x1f"]);

/**
 * Looks at the tokens of a YAML text for what would make reading it slow or deep; null when there is nothing. Reading takes
 * about 10 µs a token, and far more for brackets that nest or do not match.
 */
export function findYamlExcess(text: string): { offset: number; message: string } | null {
  let offset = 0;
  let count = 0;
  let brackets = 0;
  let indicators = 0;
  for (const token of new Lexer().lex(text)) {
    if (marks.has(token)) continue;
    if (++count > mostTokens) return { offset, message: `has more than ${mostTokens} parts` };
    if (token === "[" || token === "{") brackets++;
    if (token === "]" || token === "}") brackets--;
    if (token === "-" || token === "?") indicators++;
    if (token.includes("\n")) indicators = 0;
    if (brackets < 0) return { offset, message: `unexpected ${token}` };
    if (brackets > deepest || indicators > deepest)
      return { offset, message: `nests deeper than ${deepest} levels` };
    offset += token.length;
  }
  return null;
}
