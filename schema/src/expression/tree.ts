import type { Value } from "./values.ts";

/** A part of a checked expression; `at` is the offset in its text to show with a problem. Nothing else is ever evaluated. */
export type Node =
  | (Place & { kind: "literal"; value: Value })
  | (Place & { kind: "text"; texts: string[]; parts: Node[] })
  | (Place & { kind: "name"; name: string })
  | (Place & { kind: "local"; name: string })
  | (Place & { kind: "member"; object: Node; key: string | Node; optional: boolean })
  | (Place & { kind: "chain"; inner: Node })
  | (Place & {
      kind: "method";
      object: Node;
      name: string;
      args: Item[];
      callback: Callback | null;
      optional: boolean;
    })
  | (Place & { kind: "call"; name: string; args: Item[]; callback: Callback | null })
  | (Place & { kind: "unary"; operator: UnaryOperator; operand: Node })
  | (Place & { kind: "binary"; operator: BinaryOperator; left: Node; right: Node })
  | (Place & { kind: "logical"; operator: "&&" | "||" | "??"; left: Node; right: Node })
  | (Place & { kind: "conditional"; test: Node; whenTrue: Node; whenFalse: Node })
  | (Place & { kind: "list"; items: Item[] })
  | (Place & { kind: "object"; entries: Entry[] });

/** Where a part stands in its text. */
interface Place {
  at: number;
}

/** An argument or an element of a list, perhaps spread. */
export interface Item {
  spread: boolean;
  value: Node;
}

/** One entry of an object: a key that is known, one that is computed, or (key null) another object spread. */
export interface Entry {
  key: string | Node | null;
  value: Node;
}

/** What a method such as `map` calls: an arrow function, or one of the functions by its name. */
export type Callback =
  | { kind: "arrow"; params: Param[]; body: Node; at: number }
  | { kind: "function"; name: string; at: number };

/** A parameter of an arrow function: a name, or names taken out of a list or an object; null is a place that is skipped. */
export type Param =
  | { kind: "one"; name: string }
  | { kind: "list"; names: (string | null)[] }
  | { kind: "object"; names: { key: string; name: string }[] };

/** The unary operators that there are. */
export const unaryOperators = ["!", "-", "+", "~", "typeof"] as const;
export type UnaryOperator = (typeof unaryOperators)[number];

/** The binary operators that there are, apart from `&&`, `||` and `??`. */
export const binaryOperators = [
  "+",
  "-",
  "*",
  "/",
  "%",
  "**",
  "===",
  "!==",
  "==",
  "!=",
  "<",
  "<=",
  ">",
  ">=",
  "&",
  "|",
  "^",
  "<<",
  ">>",
  ">>>",
  "in",
] as const;
export type BinaryOperator = (typeof binaryOperators)[number];
