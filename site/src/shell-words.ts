/** Words of a shell that stand before a command and are none. */
const keywords = new Set("if then elif else fi while until do done case esac { } !".split(" "));
const assignment = /^\w+=/;

/** One command of a script: its words without quotes, redirections left out; a `$(…)` stands in its word as it is written. */
export type Command = string[];

/**
 * Every command of a shell script in its order, also those within `$(…)`, `<(…)`, `(…)`, loops and pipes. Comments, variables that are set and here-documents
 * are left out; a placeholder such as `<token>` is a word.
 */
export function commandsOf(script: string): Command[] {
  const commands: Command[] = [];
  const text = script.replace(/<(\p{L}[\p{L}\d -]*)>/gu, (_, name: string) => name.replaceAll(" ", "-"));
  let words: Command = [];
  let word: string | null = null;
  let isTarget = false;
  let ends: string[] = [];

  const endWord = () => {
    if (word !== null && !isTarget) words.push(word);
    if (word !== null) isTarget = false;
    word = null;
  };
  const endCommand = () => {
    endWord();
    // `for x in …` names no program.
    if (words[0] === "for") words = [];
    while (words[0] !== undefined && (keywords.has(words[0]) || assignment.test(words[0]))) words.shift();
    if (words.length > 0) commands.push(words);
    words = [];
    isTarget = false;
  };

  for (let at = 0; at < text.length; at += 1) {
    const char = text.charAt(at);
    const rest = text.slice(at);
    if (rest.startsWith("\\\n")) {
      endWord();
      at += 1;
    } else if (char === "\\") {
      at += 1;
      word = (word ?? "") + text.charAt(at);
    } else if (char === "'") {
      const end = text.indexOf("'", at + 1);
      word = (word ?? "") + text.slice(at + 1, end);
      at = end;
    } else if (char === '"') {
      const quoted = doubleQuoted(rest);
      word = (word ?? "") + quoted.text;
      for (const inner of quoted.inner) commands.push(...commandsOf(inner));
      at += quoted.length - 1;
    } else if (rest.startsWith("$(") || rest.startsWith("<(")) {
      const length = closedAt(rest);
      commands.push(...commandsOf(rest.slice(2, length - 1)));
      word = (word ?? "") + rest.slice(0, length);
      at += length - 1;
    } else if (rest.startsWith("${{")) {
      const length = rest.indexOf("}}") + 2;
      word = (word ?? "") + rest.slice(0, length);
      at += length - 1;
    } else if (char === "#" && word === null) {
      at += (/^[^\n]*/.exec(rest)?.[0].length ?? 1) - 1;
    } else if (/^\d?(>>|<<|>|<)(&\d)?/.test(rest) && (word === null || !/\d/.test(char))) {
      const [mark = "", , fd] = /^\d?(>>|<<|>|<)(&\d)?/.exec(rest) ?? [];
      endWord();
      if (mark.includes("<<")) ends.push(/^<<-?'?(\w+)/.exec(rest)?.[1] ?? "");
      isTarget = fd === undefined;
      at += mark.length - 1;
    } else if (char === "\n") {
      endCommand();
      for (const end of ends) {
        const stop = text.slice(at + 1).search(new RegExp(`^${end}$`, "m"));
        at += stop + end.length;
      }
      ends = [];
    } else if (/[;|&()]/.test(char)) endCommand();
    else if (/\s/.test(char)) endWord();
    else word = (word ?? "") + char;
  }
  endCommand();
  return commands;
}

/** The length of a `$(…)` at the beginning of a text, its parentheses included. */
function closedAt(text: string): number {
  let depth = 0;
  for (let at = 1; at < text.length; at += 1) {
    const char = text.charAt(at);
    if (char === "'") at = text.indexOf("'", at + 1);
    if (char === "(") depth += 1;
    if (char === ")") depth -= 1;
    if (depth === 0) return at + 1;
  }
  throw new Error(`a parenthesis stays open: ${text}`);
}

/** A text in double quotes at the beginning of another: what it is, how long it is with its quotes, and the scripts of its `$(…)`. */
function doubleQuoted(text: string): { text: string; length: number; inner: string[] } {
  let own = "";
  const inner: string[] = [];
  for (let at = 1; at < text.length; at += 1) {
    const char = text.charAt(at);
    if (char === '"') return { text: own, length: at + 1, inner };
    if (text.startsWith("$(", at)) {
      const length = closedAt(text.slice(at));
      inner.push(text.slice(at + 2, at + length - 1));
      own += text.slice(at, at + length);
      at += length - 1;
    } else if (char === "\\" && /["\\$`]/.test(text.charAt(at + 1))) {
      at += 1;
      own += text.charAt(at);
    } else own += char;
  }
  throw new Error(`a quote stays open: ${text}`);
}
