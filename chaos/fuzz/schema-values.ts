import type { Random } from "../../sim/random.ts";

export type Schema = Record<string, unknown>;

const deepest = 6;

/** Values that a JSON Schema describes, more or less: patterns and formats come from what is known to exist. */
export class SchemaValues {
  readonly #shared: Readonly<Record<string, Schema>>;
  readonly #known: readonly string[];
  readonly #dice: Random;

  /** `shared` is `#/components/schemas`; `known`: texts that mean something to the gateway. */
  constructor(shared: Readonly<Record<string, Schema>>, known: readonly string[], dice: Random) {
    this.#shared = shared;
    this.#known = known;
    this.#dice = dice;
  }

  /** A value of this schema. */
  of(schema: unknown, depth = 0): unknown {
    const dice = this.#dice;
    if (typeof schema !== "object" || schema === null || depth > deepest) return this.text();
    const one = schema as Schema;
    if (typeof one.$ref === "string")
      return this.of(this.#shared[one.$ref.split("/").at(-1) ?? ""], depth + 1);
    for (const choice of [one.anyOf, one.oneOf, one.allOf, one.enum, one.examples]) {
      if (!Array.isArray(choice) || choice.length === 0) continue;
      return choice === one.enum || choice === one.examples
        ? dice.pick(choice)
        : this.of(dice.pick(choice), depth + 1);
    }
    if ("const" in one) return one.const;
    const type = Array.isArray(one.type) ? dice.pick(one.type) : one.type;
    if (type === "object") return this.#object(one, depth);
    if (type === "array") return Array.from({ length: dice.below(4) }, () => this.of(one.items, depth + 1));
    if (type === "integer" || type === "number") return this.#number(one);
    if (type === "boolean") return dice.chance(0.5);
    if (type === "null") return null;
    return this.text();
  }

  /** A text: mostly one that means something. */
  text(): string {
    return this.#dice.chance(0.8) && this.#known.length > 0
      ? this.#dice.pick(this.#known)
      : String(hostile(this.#dice, false));
  }

  #object(schema: Schema, depth: number): Record<string, unknown> {
    const dice = this.#dice;
    const required = Array.isArray(schema.required) ? schema.required : [];
    const made: Record<string, unknown> = {};
    for (const [name, property] of Object.entries((schema.properties ?? {}) as Record<string, unknown>)) {
      if (required.includes(name) || dice.chance(0.4)) made[name] = this.of(property, depth + 1);
    }
    const { additionalProperties } = schema;
    if (typeof additionalProperties === "object" && additionalProperties !== null) {
      for (let i = dice.below(3); i > 0; i--) made[this.text()] = this.of(additionalProperties, depth + 1);
    }
    return made;
  }

  #number(schema: Schema): number {
    const least = typeof schema.minimum === "number" ? schema.minimum : 0;
    const most = typeof schema.maximum === "number" ? schema.maximum : least + 1000;
    return this.#dice.between(least, Math.min(most, least + 1e9));
  }
}

const hostileTexts = [
  "",
  " ",
  "\u0000",
  "a\u0000b",
  "\r\nx-injected: 1",
  "__proto__",
  "constructor",
  "toString",
  "../../etc/passwd",
  "..%2f..%2f",
  "%252e%252e%252f",
  "' OR 1=1--",
  '"; DROP TABLE keys; --',
  "%' ESCAPE '",
  "\\",
  "*",
  "{{7*7}}",
  "$(id)",
  "<script>alert(1)</script>",
  "\ud800",
  "\u202e\u2028",
  "e\u0301",
  "NaN",
  "-1",
  "1e309",
  "0x10",
  "9007199254740993",
  "1970-01-01T00:00:00Z",
  "9999999999999999999999-01-01T00:00:00Z",
  "P1Y",
  "10000000000000000000d",
  "con",
  "name.",
  "x".repeat(300),
];

/** A value that somebody would send to see what happens. `isAny`: of any type, else a text. */
export function hostile(dice: Random, isAny = true): unknown {
  if (!isAny || dice.chance(0.6)) return dice.pick(hostileTexts);
  const others: (() => unknown)[] = [
    () => null,
    () => -1,
    () => 2 ** 53,
    () => 1e308,
    () => 0.1,
    () => [],
    () => ({}),
    () => true,
    () => "x".repeat(100_000),
    () => Array.from({ length: 5000 }, () => 0),
    () => nested(dice.between(2, 300)),
    () => JSON.parse('{"__proto__":{"admin":true},"constructor":{"prototype":{"admin":true}}}'),
  ];
  return dice.pick(others)();
}

function nested(depth: number): unknown {
  let value: unknown = "deep";
  for (let i = 0; i < depth; i++) value = i % 2 === 0 ? [value] : { a: value };
  return value;
}

/** The value with one place in it changed: replaced, left out, or something added. */
export function mutated(value: unknown, dice: Random): unknown {
  if (typeof value !== "object" || value === null || dice.chance(0.15)) return hostile(dice);
  if (Array.isArray(value)) {
    if (value.length === 0) return [hostile(dice)];
    const at = dice.below(value.length);
    return value.map((one, i) => (i === at ? mutated(one, dice) : one));
  }
  const keys = Object.keys(value);
  const change = dice.below(4);
  if (keys.length === 0 || change === 0) return { ...value, [String(hostile(dice, false))]: hostile(dice) };
  const key = dice.pick(keys);
  if (change === 1) return Object.fromEntries(Object.entries(value).filter(([name]) => name !== key));
  return { ...value, [key]: mutated((value as Record<string, unknown>)[key], dice) };
}
