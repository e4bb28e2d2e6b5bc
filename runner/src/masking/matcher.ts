const prefixChars = 4;
const filterBits = 17;

/** A place in a text, from its first character to the one after its last. */
export type Span = [from: number, to: number];

/** What was read so far: the node of the longest beginning of a pattern that the text ends with. */
export type State = number;

/** Where every text begins. */
export const atStart: State = 0;

/**
 * Finds many patterns in one pass over a text, in time that grows with the text alone, however the two are made (Aho and Corasick, 1975). Where no
 * pattern is under way, characters are skipped by a table of what the first four may be.
 */
export class Matcher {
  /** By two characters that end a window of four: how far the next window is at which a pattern may begin (Wu and Manber, 1994). */
  readonly #shift = new Uint8Array(65_536).fill(prefixChars - 1);
  readonly #filter = new Uint8Array(1 << (filterBits - 3));
  readonly #fail: Int32Array;
  /** The length of the longest pattern that ends at a node; 0: none does. */
  readonly #ends: Int32Array;
  readonly #depth: Int32Array;
  readonly #slotNode: Int32Array;
  readonly #slotChar: Uint16Array;
  readonly #slotNext: Int32Array;
  readonly #mask: number;

  /** Patterns have four characters or more. */
  constructor(patterns: Iterable<string>) {
    const all = [...patterns].filter((one) => one.length >= prefixChars);
    const most = 1 + all.reduce((sum, one) => sum + one.length, 0);
    const slots = 2 ** Math.ceil(Math.log2(Math.max(16, most * 2)));
    this.#mask = slots - 1;
    this.#slotNode = new Int32Array(slots).fill(-1);
    this.#slotChar = new Uint16Array(slots);
    this.#slotNext = new Int32Array(slots);
    this.#fail = new Int32Array(most);
    this.#ends = new Int32Array(most);
    this.#depth = new Int32Array(most);
    this.#link(this.#grow(all));
  }

  /** Reads a text on from a state; `found` hears where patterns end, by their longest. Returns the state at its end. */
  read(text: string, from: State, found: (from: number, to: number) => void): State {
    let node = from;
    for (let at = 0; at < text.length; at++) {
      if (node === atStart) {
        at = this.#skip(text, at);
        if (at >= text.length) break;
      }
      const char = text.charCodeAt(at);
      let next = this.#next(node, char);
      while (next < 0 && node !== atStart) {
        node = this.#fail[node] ?? 0;
        next = this.#next(node, char);
      }
      node = next < 0 ? atStart : next;
      const length = this.#ends[node] ?? 0;
      if (length > 0) found(at + 1 - length, at + 1);
    }
    return node;
  }

  /** How many characters at the end of what was read may be the beginning of a pattern. */
  pending(state: State): number {
    return this.#depth[state] ?? 0;
  }

  /** The next place at which a pattern may begin. Near the end of the text that is any. */
  #skip(text: string, from: number): number {
    const last = text.length - prefixChars;
    for (let at = from; at <= last; ) {
      const shift = this.#shift[pairOf(text, at + 2)] ?? 0;
      if (shift > 0) {
        at += shift;
        continue;
      }
      const hash = hashOf(text, at);
      if (((this.#filter[hash >> 3] ?? 0) & (1 << (hash & 7))) !== 0) return at;
      at += 1;
    }
    return Math.max(from, last + 1);
  }

  #slot(node: number, char: number): number {
    let slot = (Math.imul(node, 0x9e3779b1) ^ Math.imul(char, 0x85ebca6b)) >>> 0;
    slot = (slot ^ (slot >>> 15)) & this.#mask;
    while (this.#slotNode[slot] !== -1) {
      if (this.#slotNode[slot] === node && this.#slotChar[slot] === char) break;
      slot = (slot + 1) & this.#mask;
    }
    return slot;
  }

  #next(node: number, char: number): number {
    const slot = this.#slot(node, char);
    return this.#slotNode[slot] === -1 ? -1 : (this.#slotNext[slot] ?? -1);
  }

  /** Makes the tree; returns for every node its parent and its character, by number. */
  #grow(patterns: readonly string[]): { parents: number[]; chars: number[] } {
    const [parents, chars] = [[0], [0]];
    for (const pattern of patterns) {
      for (let i = 0; i < prefixChars - 1; i++) {
        const pair = pairOf(pattern, i);
        this.#shift[pair] = Math.min(this.#shift[pair] ?? 0, prefixChars - 2 - i);
      }
      const hash = hashOf(pattern, 0);
      this.#filter[hash >> 3] = (this.#filter[hash >> 3] ?? 0) | (1 << (hash & 7));
      let node = 0;
      for (let i = 0; i < pattern.length; i++) {
        const char = pattern.charCodeAt(i);
        const slot = this.#slot(node, char);
        if (this.#slotNode[slot] === -1) {
          this.#slotNode[slot] = node;
          this.#slotChar[slot] = char;
          this.#slotNext[slot] = parents.length;
          this.#depth[parents.length] = i + 1;
          parents.push(node);
          chars.push(char);
        }
        node = this.#slotNext[slot] ?? 0;
      }
      this.#ends[node] = pattern.length;
    }
    return { parents, chars };
  }

  /** Where to go on when a character does not follow: nodes in order of their depth, for each looks at shorter ones. */
  #link({ parents, chars }: { parents: number[]; chars: number[] }): void {
    const order = Int32Array.from(parents.keys()).sort(
      (a, b) => (this.#depth[a] ?? 0) - (this.#depth[b] ?? 0),
    );
    for (const node of order) {
      if ((this.#depth[node] ?? 0) < 2) continue;
      const char = chars[node] ?? 0;
      let fail = this.#fail[parents[node] ?? 0] ?? 0;
      let next = this.#next(fail, char);
      while (next < 0 && fail !== 0) {
        fail = this.#fail[fail] ?? 0;
        next = this.#next(fail, char);
      }
      this.#fail[node] = Math.max(0, next);
      const shorter = this.#ends[Math.max(0, next)] ?? 0;
      if ((this.#ends[node] ?? 0) === 0) this.#ends[node] = shorter;
    }
  }
}

function pairOf(text: string, at: number): number {
  return (text.charCodeAt(at) ^ Math.imul(text.charCodeAt(at + 1), 0x9e3d)) & 0xffff;
}

/** Of four characters; four or more are there. */
function hashOf(text: string, at: number): number {
  const low = text.charCodeAt(at) | (text.charCodeAt(at + 1) << 16);
  const high = text.charCodeAt(at + 2) | (text.charCodeAt(at + 3) << 16);
  return Math.imul(low ^ Math.imul(high, 0x85ebca6b), 0x9e3779b1) >>> (32 - filterBits);
}
