/** JSON in which comments and commas after the last value may stand. Throws `SyntaxError` as `JSON.parse` does, with the places of the text as it is. */
export function parseJsonc(text: string): unknown {
  return JSON.parse(plainJson(text));
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
