import { parseAtom, parseTarget, type TargetAtom, type TargetProblem, targetText } from "./target-text.ts";

/** Which runners are meant: the same for a `select` list and for the expression of a direct command. */
export type TargetTree =
  | { kind: "atom"; atom: TargetAtom }
  | { kind: "not"; inner: TargetTree }
  | { kind: "and" | "or"; parts: TargetTree[] };

const longestText = 2000;
const deepest = 50;

/**
 * Reads the targets of a direct command: atoms with `&` (and), `|` (or), `!` (not) and parentheses, such as
 * `web & prod & !label:os=alpine`. `!` binds closest, then `&`, then `|`.
 */
export function parseTargetExpression(text: string): { tree: TargetTree } | { problem: TargetProblem } {
  if (text.length > longestText) {
    return { problem: { message: `must have at most ${longestText} characters`, column: longestText + 1 } };
  }
  const reader = new Reader(text);
  const tree = reader.either(0);
  if (reader.problem === null && reader.peek() !== "")
    reader.fail(`unexpected ${JSON.stringify(reader.peek())}`);
  return reader.problem === null ? { tree } : { problem: reader.problem };
}

const nothing: TargetTree = { kind: "or", parts: [] };

class Reader {
  problem: TargetProblem | null = null;
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** The next character that is no space, or "" at the end. */
  peek(): string {
    while (/\s/.test(this.#text[this.#at] ?? "")) this.#at++;
    return this.#text[this.#at] ?? "";
  }

  /** Notes the first problem, where reading stands. */
  fail(message: string): TargetTree {
    this.problem ??= { message, column: this.#at + 1 };
    return nothing;
  }

  /** Reads parts with `|` between them. */
  either(depth: number): TargetTree {
    return this.#joined("|", "or", () => this.#joined("&", "and", () => this.#single(depth)));
  }

  #joined(sign: string, kind: "and" | "or", part: () => TargetTree): TargetTree {
    const parts = [part()];
    while (this.problem === null && this.peek() === sign) {
      this.#at++;
      if (this.#text[this.#at] === sign) this.#at++;
      parts.push(part());
    }
    return parts.length === 1 ? (parts[0] ?? nothing) : { kind, parts };
  }

  #single(depth: number): TargetTree {
    if (depth > deepest) return this.fail(`nests deeper than ${deepest} levels`);
    const next = this.peek();
    if (next === "!") {
      this.#at++;
      return { kind: "not", inner: this.#single(depth + 1) };
    }
    if (next === "(") {
      this.#at++;
      const inner = this.either(depth + 1);
      if (this.problem === null && this.peek() !== ")") return this.fail("a ) is missing here");
      this.#at++;
      return inner;
    }
    const [word = ""] = /^[^\s&|!()]*/.exec(this.#text.slice(this.#at)) ?? [];
    const read = parseAtom(word);
    if ("message" in read) return this.fail(read.message);
    this.#at += word.length;
    return { kind: "atom", atom: read.atom };
  }
}

/** One entry of a `select` list: a target, its exclusion, or an expression such as `web & prod`. */
export interface SelectEntry {
  excluded: boolean;
  tree: TargetTree;
}

/** Reads one entry of a `select` list. */
export function parseSelectEntry(text: string): SelectEntry | { problem: TargetProblem } {
  const read = parseTarget(text);
  if ("target" in read)
    return { excluded: read.target.excluded, tree: { kind: "atom", atom: read.target.atom } };
  if (!/[&|()]/.test(text)) return read;
  const expression = parseTargetExpression(text);
  return "problem" in expression ? expression : { excluded: false, tree: expression.tree };
}

/** The tree of a `select` list: any of its targets, without the excluded ones, wherever those stand in the list. */
export function treeOfSelect(select: readonly string[]): { tree: TargetTree } | { problem: TargetProblem } {
  const included: TargetTree[] = [];
  const excluded: TargetTree[] = [];
  for (const text of select) {
    const read = parseSelectEntry(text);
    if ("problem" in read) return read;
    if (read.excluded) excluded.push({ kind: "not", inner: read.tree });
    else included.push(read.tree);
  }
  return { tree: { kind: "and", parts: [{ kind: "or", parts: included }, ...excluded] } };
}

/** The text that `parseTargetExpression` reads as this tree. */
export function treeText(tree: TargetTree): string {
  if (tree.kind === "atom") return targetText({ excluded: false, atom: tree.atom });
  if (tree.kind === "not") return `!${wrapped(tree.inner)}`;
  return tree.parts.map(wrapped).join(tree.kind === "and" ? " & " : " | ");
}

function wrapped(tree: TargetTree): string {
  return tree.kind === "and" || tree.kind === "or" ? `(${treeText(tree)})` : treeText(tree);
}

/** The atoms of a tree, each with whether it asks for runners rather than against them. */
export function atomsOf(tree: TargetTree, wanted = true): { atom: TargetAtom; wanted: boolean }[] {
  if (tree.kind === "atom") return [{ atom: tree.atom, wanted }];
  if (tree.kind === "not") return atomsOf(tree.inner, !wanted);
  return tree.parts.flatMap((part) => atomsOf(part, wanted));
}
