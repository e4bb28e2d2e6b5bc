import type { Token } from "./tokens.ts";

export type Schema = { [member: string]: unknown };

const kinds: Readonly<Record<string, Schema>> = {
  string: { type: "string" },
  number: { type: "number" },
  boolean: { type: "boolean" },
  object: { type: "object" },
  null: { type: "null" },
  true: { enum: [true] },
  false: { enum: [false] },
};
/** Types that are read at most, and how deep they may stand in each other. */
const readMost = 5000;
const deepest = 60;

/** Reads types from the pieces of a source file as JSON Schema. What it cannot read says nothing (`{}`): every value is allowed there. */
export class TypeReader {
  readonly #tokens: readonly Token[];
  #at: number;
  /** The declarations that this reading is inside of: one that holds itself says nothing. */
  readonly #inside: readonly string[];
  readonly #read: { count: number; shapes: ReadonlyMap<string, number> };
  #depth = 0;

  constructor(
    tokens: readonly Token[],
    at: number,
    inside: readonly string[] = [],
    read = { count: 0, shapes: shapesIn(tokens) },
  ) {
    this.#tokens = tokens;
    this.#at = at;
    this.#inside = inside;
    this.#read = read;
  }

  /** The type that begins here. Throws a SyntaxError for one that is too large to be read. */
  read(): Schema {
    if (++this.#read.count > readMost || ++this.#depth > deepest)
      throw new SyntaxError("the type is too large");
    this.#take("|");
    const parts = [this.#postfix()];
    while (this.#peek() === "|" || this.#peek() === "&") {
      const isBoth = this.#peek() === "&";
      this.#at++;
      const next = this.#postfix();
      if (isBoth) parts.push(both(parts.pop() ?? {}, next));
      else parts.push(next);
    }
    this.#depth--;
    return union(parts);
  }

  #peek(ahead = 0): string | undefined {
    const token = this.#tokens[this.#at + ahead];
    return token === undefined || token.kind === "text" ? undefined : token.value;
  }

  #take(value: string): boolean {
    if (this.#peek() !== value) return false;
    this.#at++;
    return true;
  }

  #postfix(): Schema {
    this.#take("readonly");
    let schema = this.#primary();
    while (this.#peek() === "[") {
      if (this.#peek(1) === "]") schema = { type: "array", ...of("items", schema) };
      else schema = {};
      this.#skip();
    }
    return schema;
  }

  #primary(): Schema {
    const token = this.#tokens[this.#at];
    if (token === undefined) return {};
    if (token.kind === "text") {
      this.#at++;
      return { enum: [token.value] };
    }
    if (token.kind === "number" || (token.value === "-" && this.#tokens[this.#at + 1]?.kind === "number")) {
      const sign = this.#take("-") ? -1 : 1;
      const value = sign * Number(this.#peek()?.replaceAll("_", ""));
      this.#at++;
      return Number.isFinite(value) ? { enum: [value] } : {};
    }
    if (token.value === "{") return this.#object();
    if (token.value === "(" && !this.#isFunction()) {
      this.#at++;
      const inner = this.read();
      return this.#take(")") ? inner : {};
    }
    if (token.kind === "name") return this.#named(token.value);
    this.#skip();
    while (this.#take("=>")) this.read();
    return {};
  }

  #named(name: string): Schema {
    this.#at++;
    if (name === "keyof" || name === "typeof" || name === "unique" || name === "infer") {
      this.#postfix();
      return {};
    }
    if (this.#peek() === ".") {
      while (this.#take(".")) this.#at++;
      if (this.#peek() === "<") this.#skip();
      return {};
    }
    const inside = this.#peek() === "<" ? this.#typesBetween() : [];
    if (name === "Array" || name === "ReadonlyArray")
      return { type: "array", ...of("items", inside[0] ?? {}) };
    if (name === "Record") return { type: "object", ...of("additionalProperties", inside[1] ?? {}) };
    if (name === "Readonly") return inside[0] ?? {};
    if (Object.hasOwn(kinds, name)) return { ...kinds[name] };
    return inside.length === 0 ? this.#declared(name) : {};
  }

  /** A type that this file declares. */
  #declared(name: string): Schema {
    if (this.#inside.includes(name) || this.#inside.length > deepest) return {};
    const at = this.#read.shapes.get(name);
    if (at === undefined) return {};
    return new TypeReader(this.#tokens, at, [...this.#inside, name], this.#read).read();
  }

  #object(): Schema {
    const properties: Schema = {};
    const required: string[] = [];
    let rest: Schema | null = null;
    this.#at++;
    while (this.#at < this.#tokens.length && !this.#take("}")) {
      const token = this.#tokens[this.#at];
      if (token === undefined) break;
      if (this.#take(";") || this.#take(",")) continue;
      if (token.value === "readonly" && this.#peek(1) !== ":" && this.#peek(1) !== "?") {
        this.#at++;
        continue;
      }
      const isNamed = token.kind === "name" || token.kind === "text" || token.kind === "number";
      const isOptional = this.#peek(1) === "?";
      if (token.kind === "mark" && token.value === "[") {
        this.#skip();
        if (this.#take(":")) rest = this.read();
      } else if (isNamed && this.#peek(isOptional ? 2 : 1) === ":") {
        this.#at += isOptional ? 3 : 2;
        const about = token.doc === null || token.doc === "" ? {} : { description: token.doc };
        properties[token.value] = { ...this.read(), ...about };
        if (!isOptional) required.push(token.value);
      } else {
        // A method, or what is not understood: no input.
        while (this.#at < this.#tokens.length && ![";", ",", "}"].includes(this.#peek() ?? "")) this.#skip();
      }
    }
    return {
      type: "object",
      properties,
      required,
      ...(rest === null ? {} : of("additionalProperties", rest)),
    };
  }

  /** Whether the parenthesis that opens here is that of a function type. */
  #isFunction(): boolean {
    const begin = this.#at;
    this.#skip();
    const is = this.#peek() === "=>";
    this.#at = begin;
    return is;
  }

  /** The types between `<` and `>`. */
  #typesBetween(): Schema[] {
    const types: Schema[] = [];
    this.#at++;
    while (this.#at < this.#tokens.length && !this.#take(">")) {
      const before = this.#at;
      types.push(this.read());
      this.#take(",");
      if (this.#at === before) this.#at++;
    }
    return types;
  }

  /** Passes one piece, or everything up to the end of what it opens. */
  #skip(): void {
    const closing: Readonly<Record<string, string>> = { "(": ")", "[": "]", "{": "}", "<": ">" };
    const open: string[] = [];
    do {
      const value = this.#peek() ?? "";
      if (Object.hasOwn(closing, value)) open.push(closing[value] ?? "");
      else if (value === open.at(-1)) open.pop();
      this.#at++;
    } while (open.length > 0 && this.#at < this.#tokens.length);
  }
}

/** Where the shape of each interface or type that these pieces declare begins; the first of a name counts. */
function shapesIn(tokens: readonly Token[]): ReadonlyMap<string, number> {
  const shapes = new Map<string, number>();
  for (const [at, { kind, value }] of tokens.entries()) {
    if (kind !== "name" || (value !== "interface" && value !== "type")) continue;
    const [name, next] = [tokens[at + 1]?.value, tokens[at + 2]?.value];
    if (name === undefined || next !== (value === "type" ? "=" : "{") || shapes.has(name)) continue;
    shapes.set(name, value === "type" ? at + 3 : at + 2);
  }
  return shapes;
}

/** A member that says nothing is left out. */
function of(member: string, schema: Schema): Schema {
  return Object.keys(schema).length === 0 ? {} : { [member]: schema };
}

function union(parts: readonly Schema[]): Schema {
  if (parts.length === 1) return parts[0] ?? {};
  if (parts.some((one) => Object.keys(one).length === 0)) return {};
  if (parts.every((one) => Array.isArray(one.enum))) {
    return { enum: parts.flatMap((one) => one.enum as unknown[]) };
  }
  return { anyOf: parts };
}

function both(one: Schema, other: Schema): Schema {
  if (one.type !== "object" || other.type !== "object") return {};
  return {
    type: "object",
    properties: { ...(one.properties as Schema), ...(other.properties as Schema) },
    required: [...((one.required as string[]) ?? []), ...((other.required as string[]) ?? [])],
  };
}
