/** What the shell is in the middle of: commands, or something in which a quoted word is not one word. */
type Inside =
  | { kind: "commands"; parens: number }
  | { kind: "arithmetic"; parens: number }
  | { kind: "double" | "single" | "ansi" | "backtick" | "brace" | "comment" };

const names: Record<Exclude<Inside["kind"], "commands">, string> = {
  arithmetic: "inside $((…))",
  double: "inside double quotes",
  single: "inside single quotes",
  ansi: "inside $'…'",
  backtick: "inside backticks",
  brace: "inside $" + "{…}",
  comment: "inside a comment",
};

const blankOrMeta = /[ \t\n;&|()<>]/;
const mayBeComment = "after a # that may begin a comment";

/**
 * Follows the text of a shell command and says whether a quoted word may stand at its present end. It understands quotes, `$(…)`,
 * parameters in braces, `$((…))`, backticks and comments; after anything that it, or a shell of another kind, might take otherwise (a
 * here-document, `case` or `[[` in `$(…)`, `((`, quotes in braces) it says no for all the rest: a word in the wrong place would let its
 * text run as a command.
 */
export class ShellPlace {
  readonly #stack: Inside[] = [{ kind: "commands", parens: 0 }];
  #unsure: string | null = null;
  /** A backslash takes the next character. */
  #escaped = false;
  /** The character before is a `$` that may begin something. */
  #dollar = false;
  /** The character before is the bracket of `$(`. */
  #opened = false;
  /** The line before was continued by a backslash. */
  #continued = false;
  /** The two characters before, the nearer one first. */
  #last = "\n";
  #secondLast = "\n";
  /** How many `<` came in a row. */
  #less = 0;
  /** The word that goes on, empty between words. */
  #word = "";

  /** Goes on through `text`. */
  feed(text: string): void {
    for (const character of text) {
      if (this.#escaped) this.#skip(character);
      else {
        this.#take(character);
        this.#continued = false;
      }
      this.#secondLast = this.#last;
      this.#last = character;
    }
  }

  /** Goes on past a word in quotes. */
  word(): void {
    this.feed("''");
  }

  /** Why no quoted word may stand here, or null when it may. */
  refusal(): string | null {
    this.#endLess("");
    if (this.#unsure !== null) return this.#unsure;
    if (this.#escaped) return "after a backslash";
    if (this.#dollar) return "after a $";
    for (const inside of this.#stack) {
      // Quotes hold in `$(…)` wherever that stands, so double quotes count only when they are the innermost.
      if (inside.kind === "commands" || (inside.kind === "double" && inside !== this.#stack.at(-1))) continue;
      return names[inside.kind];
    }
    return null;
  }

  /** A character after a backslash; a newline there is as if both were not there, and may join what looks like two things. */
  #skip(character: string): void {
    this.#escaped = false;
    if (character !== "\n") return;
    if (/[$<(]/.test(this.#secondLast)) this.#lose("after a line that is continued in the middle of a sign");
    this.#word = this.#word.slice(0, -1);
    this.#continued = true;
  }

  #take(character: string): void {
    const inside = this.#stack.at(-1) ?? { kind: "commands", parens: 0 };
    this.#endLess(character);
    if (this.#dollar) {
      this.#dollar = false;
      if (this.#afterDollar(character, inside)) return;
    }
    switch (inside.kind) {
      case "commands":
        this.#inCommands(character, inside);
        break;
      case "arithmetic":
        this.#inArithmetic(character, inside);
        break;
      case "comment":
        if (character === "\n") this.#stack.pop();
        break;
      case "brace":
        if (character === "}") this.#stack.pop();
        else if (/["'\\`({\n]/.test(character))
          this.#lose("after a parameter with quotes or brackets in its braces");
        break;
      default:
        this.#inQuotes(character, inside.kind);
    }
  }

  #inQuotes(character: string, kind: "double" | "single" | "ansi" | "backtick"): void {
    const end = kind === "double" ? '"' : kind === "backtick" ? "`" : "'";
    if (character === end) this.#stack.pop();
    else if (kind === "single") return;
    else if (character === "\\") {
      this.#escaped = true;
      // bash takes a backslash in here for an escape, other shells do not.
      if (kind === "ansi") this.#lose("after $'…' with a backslash");
    } else if (kind === "double") {
      if (character === "`") this.#stack.push({ kind: "backtick" });
      this.#dollar = character === "$";
    }
  }

  #inCommands(character: string, inside: { parens: number }): void {
    const opened = this.#opened;
    this.#opened = false;
    if (character === "#") {
      if (this.#continued || (this.#word !== "" && !/[!-~]/.test(this.#last))) this.#lose(mayBeComment);
      if (this.#word === "") {
        this.#stack.push({ kind: "comment" });
        return;
      }
    }
    if (blankOrMeta.test(character)) this.#endWord();
    else this.#word += character;
    if (character === "\\") this.#escaped = true;
    else if (character === "'") this.#stack.push({ kind: "single" });
    else if (character === '"') this.#stack.push({ kind: "double" });
    else if (character === "`") this.#stack.push({ kind: "backtick" });
    else if (character === "$") this.#dollar = true;
    else if (character === "<") this.#less++;
    else if (character === "(") {
      if (opened) this.#stack[this.#stack.length - 1] = { kind: "arithmetic", parens: 2 };
      else if (this.#last === "(") this.#lose("after ((");
      inside.parens++;
    } else if (character === ")") {
      if (inside.parens > 0) inside.parens--;
      else if (this.#stack.length > 1) this.#close();
    }
  }

  #inArithmetic(character: string, inside: { parens: number }): void {
    if (/["'`\\;\n#]/.test(character)) this.#lose("after $((…)) with quotes or commands in it");
    else if (character === "$") this.#dollar = true;
    else if (character === "(") inside.parens++;
    else if (character === ")" && --inside.parens === 0) this.#close();
  }

  /** What a `$` and the next character begin, or are, together; false when the next one stands for itself. */
  #afterDollar(character: string, inside: Inside): boolean {
    if (character === "$") return true;
    if (character === "(") {
      this.#stack.push({ kind: "commands", parens: 0 });
      this.#opened = true;
      this.#word = "";
    } else if (character === "{") this.#stack.push({ kind: "brace" });
    else if (character === "'" && inside.kind === "commands") this.#stack.push({ kind: "ansi" });
    else if (character === "[") this.#lose("after $[…]");
    else return false;
    return true;
  }

  /** `<<` is a here-document unless a third one makes it a here-string. */
  #endLess(character: string): void {
    if (character === "<") return;
    if (this.#less === 2 || this.#less > 3) this.#lose("after a here-document (<<)");
    this.#less = 0;
  }

  #endWord(): void {
    // A pattern of `case` has a bracket that closes nothing, and `[[` takes brackets for itself.
    if (this.#stack.length > 1 && (this.#word === "case" || this.#word === "[[")) {
      this.#lose(`after ${this.#word} in $(…)`);
    }
    this.#word = "";
  }

  /** Ends `$(…)`, in the middle of the word that it is a part of. */
  #close(): void {
    this.#stack.pop();
    this.#word = "$";
  }

  #lose(where: string): void {
    this.#unsure ??= where;
  }
}
