import { stripVTControlCharacters } from "node:util";
import { Masker } from "../../masking/masker.ts";

const kept = 60;
const longest = 4000;
// Whatever a tool says of who asked, besides the values that are known: addresses with a password, npm's and HTTP's own names.
const telling: readonly [RegExp, string][] = [
  [/(\b[a-z][a-z0-9+.-]*:\/\/)[^/@\s]+@/gi, "$1***@"],
  [/((?:_authToken|_auth|_password)\s*[=:]\s*)\S+/gi, "$1***"],
  [/(\bauthorization\s*[:=]\s*(?:basic|bearer)\s+)\S+/gi, "$1***"],
];

/** What an install says: passed on line by line without control characters and credentials; its last lines are kept. */
export class Said {
  readonly #say: (line: string) => void;
  readonly #masker: Masker;
  readonly #last: string[] = [];

  constructor(say: (line: string) => void, secrets: readonly string[]) {
    this.#say = say;
    this.#masker = new Masker(secrets);
  }

  get last(): readonly string[] {
    return this.#last;
  }

  /** One line of a log, or null at its end, as `LineCutter` gives them. */
  readonly take = (line: string | null): void => {
    if (line === null) return;
    const shown = this.masked(line.split("\r").findLast((part) => part !== "") ?? "");
    if (shown.trim() === "") return;
    this.#last.push(shown);
    if (this.#last.length > kept) this.#last.shift();
    this.#say(shown);
  };

  masked(text: string): string {
    let clean = stripVTControlCharacters(text).replace(/[\u0000-\u0008\u000b-\u001f\u007f]/g, "");
    clean = this.#masker.text(clean);
    for (const [pattern, shown] of telling) clean = clean.replace(pattern, shown);
    return clean.length > longest ? `${clean.slice(0, longest)}…` : clean;
  }
}
