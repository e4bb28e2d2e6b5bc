/** What settings of a function may be at most: they are read from repositories of others. */
export const jsoncMost = { characters: 256 * 2 ** 10, depth: 50, parts: 20_000 };

/**
 * JSON in which comments and commas after the last value may stand. Throws `SyntaxError` as `JSON.parse` does, with the places of the text as it is, and
 * for a text that is longer than 256 KiB, nests deeper than 50 levels, or has more than 20,000 values and names.
 */
export function parseJsonc(text: string): unknown {
  const excess = jsoncExcess(text);
  if (excess !== null) throw new SyntaxError(excess);
  return JSON.parse(plainJson(text));
}

const textOrSign = /"(?:[^"\\\n]|\\.)*"?|[{}[\],:]/g;

/** What is too long, too deep or too much in a text, before anything is built of it; null: nothing is. */
export function jsoncExcess(text: string): string | null {
  if (text.length > jsoncMost.characters) {
    return `must have at most ${jsoncMost.characters} characters, has ${text.length}`;
  }
  let depth = 0;
  let parts = 1;
  for (const [sign] of plainJson(text).matchAll(textOrSign)) {
    if (sign === "{" || sign === "[") depth++;
    else if (sign === "}" || sign === "]") depth--;
    if (sign === "," || sign === ":" || sign === "{" || sign === "[") parts++;
    if (depth > jsoncMost.depth) return `nests deeper than ${jsoncMost.depth} levels`;
    if (parts > jsoncMost.parts) return `has more than ${jsoncMost.parts} values and names`;
  }
  return null;
}

// What is not closed is taken to its end too: looked for again from each place in it, the end of a long text would take minutes.
const textOrComment = /"(?:[^"\\\n]|\\.)*"?|\/\/[^\n\r]*|\/\*[\s\S]*?(?:\*\/|$)/g;
const textOrLastComma = /"(?:[^"\\\n]|\\.)*"?|,(?=\s*[}\]])/g;

/** The same text with spaces where comments and last commas stood: every other character keeps its place. */
function plainJson(text: string): string {
  const blank = (part: string) => part.replace(/[^\n\r]/g, " ");
  const isText = (part: string) => part.startsWith('"');
  const isOpen = (part: string) => part.startsWith("/*") && (part.length < 4 || !part.endsWith("*/"));
  // A text is taken whole, so that what looks like a comment in it is none.
  const withoutComments = text
    .replace(/^\uFEFF/, " ")
    .replace(textOrComment, (part) => (isText(part) || isOpen(part) ? part : blank(part)));
  return withoutComments.replace(textOrLastComma, (part) => (isText(part) ? part : " "));
}
