/** JSON in which comments and commas after the last value may stand. Throws `SyntaxError` as `JSON.parse` does, with the places of the text as it is. */
export function parseJsonc(text: string): unknown {
  return JSON.parse(plainJson(text));
}

/** The same text with spaces where comments and last commas stood: every other character keeps its place. */
function plainJson(text: string): string {
  const blank = (part: string) => part.replace(/[^\n\r]/g, " ");
  const isText = (part: string) => part.startsWith('"');
  // A text is taken whole, so that what looks like a comment in it is none.
  const withoutComments = text
    .replace(/^\uFEFF/, " ")
    .replace(/"(?:[^"\\\n]|\\.)*"|\/\/[^\n\r]*|\/\*[\s\S]*?\*\//g, (part) =>
      isText(part) ? part : blank(part),
    );
  return withoutComments.replace(/"(?:[^"\\\n]|\\.)*"|,(?=\s*[}\]])/g, (part) => (isText(part) ? part : " "));
}
