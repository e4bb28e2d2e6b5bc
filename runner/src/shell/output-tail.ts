import { keptOutputBytes } from "@pulse/schema/wire/command";

/** Keeps the end of a text that comes in parts: at most 64 KiB of UTF-8. */
export class OutputTail {
  #text = "";
  #isCut = false;

  add(part: string): void {
    this.#text += part;
    if (this.#text.length < 4 * keptOutputBytes) return;
    this.#text = this.#text.slice(-keptOutputBytes);
    this.#isCut = true;
  }

  /** The end of it, without its last line end, as `$( )` of a shell gives it. */
  end(): { text: string; isTruncated: boolean } {
    const bytes = Buffer.from(this.#text.replace(/\r?\n$/, ""));
    let from = Math.max(0, bytes.length - keptOutputBytes);
    const isTruncated = this.#isCut || from > 0;
    // Not from within a character.
    while (from > 0 && ((bytes[from] ?? 0) & 0xc0) === 0x80) from += 1;
    return { text: bytes.toString("utf8", from), isTruncated };
  }
}
