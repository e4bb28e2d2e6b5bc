import type { Expression } from "./parse-expression.ts";
import type { Callback, Item, Node } from "./tree.ts";

/** A path into the context that an expression reads, such as `["steps", "build", "output"]`. */
export interface Reference {
  path: string[];
  /** False when it goes on from there by a computed name, as in `secrets[inputs.name]`: anything below may be read. */
  exact: boolean;
  /** 1-based column of its first name. */
  column: number;
}

/** What an expression reads and calls, found without evaluating it. */
export interface References {
  references: Reference[];
  /** Functions that are called or named, such as `always` or `Math.max`, each once. */
  functions: string[];
}

/** The context paths and the functions that an expression uses, whichever branch would be taken; parameters of arrows are left out. */
export function referencesOf(expression: Expression): References {
  const found = new Finder();
  found.visit(expression.root);
  return { references: found.references, functions: [...found.functions] };
}

class Finder {
  readonly references: Reference[] = [];
  readonly functions = new Set<string>();

  visit(node: Node): void {
    switch (node.kind) {
      case "literal":
      case "local":
        break;
      case "name":
        this.references.push({ path: [node.name], exact: true, column: node.at + 1 });
        break;
      case "member":
        this.#member(node);
        break;
      case "method":
        this.visit(node.object);
        this.#call(node.args, node.callback);
        break;
      case "call":
        this.functions.add(node.name);
        this.#call(node.args, node.callback);
        break;
      default:
        for (const part of partsOf(node)) this.visit(part);
    }
  }

  #call(args: readonly Item[], callback: Callback | null): void {
    for (const { value } of args) this.visit(value);
    if (callback?.kind === "function") this.functions.add(callback.name);
    if (callback?.kind === "arrow") this.visit(callback.body);
  }

  /** Follows a chain of members down to its name; what is computed on the way is visited for itself. */
  #member(node: Extract<Node, { kind: "member" }>): void {
    let keys: string[] = [];
    let exact = true;
    let below: Node = node;
    while (below.kind === "member" || below.kind === "chain") {
      if (below.kind === "chain") {
        below = below.inner;
        continue;
      }
      const { key } = below;
      if (typeof key === "string") keys.push(key);
      else if (key.kind === "literal") keys.push(String(key.value));
      else {
        this.visit(key);
        [keys, exact] = [[], false];
      }
      below = below.object;
    }
    if (below.kind === "name") {
      this.references.push({ path: [below.name, ...keys.reverse()], exact, column: below.at + 1 });
    } else this.visit(below);
  }
}

type Composed = Exclude<Node, { kind: "literal" | "local" | "name" | "member" | "method" | "call" }>;

function partsOf(node: Composed): Node[] {
  switch (node.kind) {
    case "chain":
      return [node.inner];
    case "text":
      return node.parts;
    case "unary":
      return [node.operand];
    case "binary":
    case "logical":
      return [node.left, node.right];
    case "conditional":
      return [node.test, node.whenTrue, node.whenFalse];
    case "list":
      return node.items.map(({ value }) => value);
    case "object":
      return node.entries.flatMap(({ key, value }) =>
        key === null || typeof key === "string" ? [value] : [key, value],
      );
  }
}
