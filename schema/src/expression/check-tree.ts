import type {
  CallExpression,
  Identifier,
  MemberExpression,
  ObjectExpression,
  Property,
  Expression as Syntax,
} from "acorn";
import { tooComplex } from "./bounded-parser.ts";
import { callbackPlaces, methodNames, namespaces, noSuchFunction, noSuchMethod } from "./catalogue.ts";
import { checkParams } from "./check-params.ts";
import { constants, functions, isReservedName } from "./functions.ts";
import { expressionLimits } from "./limits.ts";
import { nearestName } from "./nearest-name.ts";
import { ExpressionFault, type ExpressionProblem } from "./problem.ts";
import { syntaxAdvice } from "./syntax-advice.ts";
import { binaryOperators, type Callback, type Entry, type Item, type Node, unaryOperators } from "./tree.ts";
import { refuseForbidden } from "./values.ts";

type Argument = CallExpression["arguments"][number];

/** What a checker knows around a part: the names of parameters, and how deep it stands. */
interface Around {
  locals: ReadonlySet<string>;
  depth: number;
}

/** Turns acorn's tree into ours, in which only what the language has can be said; throws a fault at the first thing that it has not. */
export class TreeChecker {
  readonly #names: ReadonlySet<string> | null;
  /** Unknown names, which do not end the checking. */
  readonly problems: ExpressionProblem[] = [];

  constructor(names: Iterable<string> | null) {
    this.#names = names === null ? null : new Set(names);
  }

  /** The checked form of a whole expression. */
  check(syntax: Syntax): Node {
    return this.#node(syntax, { locals: new Set(), depth: 0 });
  }

  #node(syntax: Syntax, outer: Around): Node {
    const at = syntax.start;
    const around = { locals: outer.locals, depth: outer.depth + 1 };
    if (around.depth > expressionLimits.depth) throw new ExpressionFault("too_complex", tooComplex, at);
    switch (syntax.type) {
      case "Literal": {
        const { value } = syntax;
        if (typeof value === "bigint" || (typeof value === "object" && value !== null)) break;
        return { kind: "literal", at, value: value ?? null };
      }
      case "TemplateLiteral":
        return {
          kind: "text",
          at,
          texts: syntax.quasis.map((part) => part.value.cooked ?? ""),
          parts: syntax.expressions.map((part) => this.#node(part, around)),
        };
      case "Identifier":
        return this.#name(syntax, around);
      case "MemberExpression":
        return this.#member(syntax, around);
      case "ChainExpression":
        return { kind: "chain", at, inner: this.#node(syntax.expression, around) };
      case "CallExpression":
        return this.#call(syntax, around);
      case "UnaryExpression": {
        const operator = unaryOperators.find((known) => known === syntax.operator);
        if (operator === undefined) break;
        return { kind: "unary", at, operator, operand: this.#node(syntax.argument, around) };
      }
      case "BinaryExpression": {
        const operator = binaryOperators.find((known) => known === syntax.operator);
        if (operator === undefined || syntax.left.type === "PrivateIdentifier") break;
        const left = this.#node(syntax.left, around);
        return { kind: "binary", at, operator, left, right: this.#node(syntax.right, around) };
      }
      case "LogicalExpression": {
        const left = this.#node(syntax.left, around);
        return {
          kind: "logical",
          at,
          operator: syntax.operator,
          left,
          right: this.#node(syntax.right, around),
        };
      }
      case "ConditionalExpression":
        return {
          kind: "conditional",
          at,
          test: this.#node(syntax.test, around),
          whenTrue: this.#node(syntax.consequent, around),
          whenFalse: this.#node(syntax.alternate, around),
        };
      case "ArrayExpression":
        return { kind: "list", at, items: syntax.elements.map((element) => this.#item(element, at, around)) };
      case "ObjectExpression":
        return { kind: "object", at, entries: this.#entries(syntax, around) };
      case "ParenthesizedExpression":
        return this.#node(syntax.expression, around);
    }
    throw new ExpressionFault("not_available", syntaxAdvice(syntax), at);
  }

  #name(syntax: Identifier, around: Around): Node {
    const { name, start: at } = syntax;
    refuseForbidden(name, at);
    if (around.locals.has(name)) return { kind: "local", at, name };
    if (name === "undefined") return { kind: "literal", at, value: undefined };
    if (name === "NaN") return { kind: "literal", at, value: Number.NaN };
    if (name === "Infinity") return { kind: "literal", at, value: Number.POSITIVE_INFINITY };
    if (functions.has(name)) {
      throw new ExpressionFault("not_available", `${name} is a function; call it: ${name}(…)`, at);
    }
    if (namespaces.has(name)) {
      throw new ExpressionFault("not_available", `${name} is no value; write one of its functions`, at);
    }
    if (isReservedName(name)) throw new ExpressionFault("not_available", noSuchFunction(name), at);
    if (this.#names !== null && !this.#names.has(name)) this.#unknown(name, at, around);
    return { kind: "name", at, name };
  }

  #unknown(name: string, at: number, around: Around): void {
    const known = [...(this.#names ?? []), ...around.locals];
    const near = nearestName(name, known);
    const advice = near === null ? `there are ${known.sort().join(", ")}` : `did you mean ${near}?`;
    this.problems.push({
      code: "unknown_name",
      message: `${name} is not known here; ${advice}`,
      column: at + 1,
    });
  }

  /** `Math.PI` → `Math.PI`; null when the member is not one of the language's own objects. */
  #builtin(syntax: MemberExpression, around: Around): string | null {
    const { object, property } = syntax;
    if (object.type !== "Identifier" || around.locals.has(object.name) || !namespaces.has(object.name))
      return null;
    const named = !syntax.computed && property.type === "Identifier";
    return `${object.name}.${named ? property.name : "[…]"}`;
  }

  #member(syntax: MemberExpression, around: Around): Node {
    const at = syntax.property.start;
    const builtin = this.#builtin(syntax, around);
    if (builtin !== null) {
      const value = constants.get(builtin);
      if (value !== undefined) return { kind: "literal", at, value };
      const message = functions.has(builtin)
        ? `${builtin} is a function; call it: ${builtin}(…)`
        : noSuchFunction(builtin);
      throw new ExpressionFault("not_available", message, syntax.start);
    }
    if (syntax.object.type === "Super" || syntax.property.type === "PrivateIdentifier") {
      throw new ExpressionFault("not_available", "classes are not available", at);
    }
    const object = this.#node(syntax.object, around);
    const key = syntax.computed
      ? this.#node(syntax.property, around)
      : syntax.property.type === "Identifier"
        ? syntax.property.name
        : "";
    const known =
      typeof key === "string"
        ? key
        : key.kind === "literal" && typeof key.value === "string"
          ? key.value
          : null;
    if (known !== null) refuseForbidden(known, at);
    return { kind: "member", at, object, key: known ?? key, optional: syntax.optional };
  }

  #call(syntax: CallExpression, around: Around): Node {
    const { callee, start: at } = syntax;
    if (syntax.optional) {
      throw new ExpressionFault(
        "not_available",
        "a call with ?.( is not available; write ?. before the method",
        at,
      );
    }
    if (callee.type === "Identifier") {
      const { name } = callee;
      if (around.locals.has(name)) {
        throw new ExpressionFault("not_available", `${name} is a value and cannot be called`, at);
      }
      refuseForbidden(name, at);
      if (!functions.has(name)) throw new ExpressionFault("not_available", noSuchFunction(name), at);
      return { kind: "call", at, name, ...this.#args(name, syntax.arguments, at, around) };
    }
    if (callee.type !== "MemberExpression") {
      throw new ExpressionFault(
        "not_available",
        "only functions and methods that have a name can be called",
        at,
      );
    }
    const builtin = this.#builtin(callee, around);
    if (builtin !== null) {
      if (!functions.has(builtin)) throw new ExpressionFault("not_available", noSuchFunction(builtin), at);
      return { kind: "call", at, name: builtin, ...this.#args(builtin, syntax.arguments, at, around) };
    }
    return this.#method(syntax, callee, around);
  }

  #method(syntax: CallExpression, callee: MemberExpression, around: Around): Node {
    const { object, property } = callee;
    const at = property.start;
    if (callee.computed || property.type !== "Identifier" || object.type === "Super") {
      throw new ExpressionFault("not_available", "a method is written with a dot and its name", at);
    }
    const { name } = property;
    refuseForbidden(name, at);
    if (!methodNames.has(name)) throw new ExpressionFault("not_available", noSuchMethod(name), at);
    return {
      kind: "method",
      at,
      object: this.#node(object, around),
      name,
      optional: callee.optional,
      ...this.#args(name, syntax.arguments, at, around),
    };
  }

  /** The arguments of a call; where a callback may stand, it is taken out and undefined stands in its place. */
  #args(
    name: string,
    given: readonly Argument[],
    at: number,
    around: Around,
  ): { args: Item[]; callback: Callback | null } {
    const place = callbackPlaces.get(name);
    let callback: Callback | null = null;
    const args = given.map((argument, index): Item => {
      if (place?.index !== index) return this.#item(argument, at, around);
      callback = this.#callback(argument, around);
      if (callback === null) return this.#item(argument, at, around);
      return { spread: false, value: { kind: "literal", at, value: undefined } };
    });
    if (place?.required && callback === null) {
      throw new ExpressionFault(
        "not_available",
        `${name} needs an arrow function, such as ${name}(x => x.name)`,
        at,
      );
    }
    return { args, callback };
  }

  #callback(syntax: Argument, around: Around): Callback | null {
    const at = syntax.start;
    if (syntax.type === "Identifier" && !around.locals.has(syntax.name) && functions.has(syntax.name)) {
      return { kind: "function", name: syntax.name, at };
    }
    if (syntax.type === "MemberExpression") {
      const name = this.#builtin(syntax, around);
      if (name !== null && functions.has(name)) return { kind: "function", name, at };
    }
    if (syntax.type !== "ArrowFunctionExpression") return null;
    if (syntax.async || syntax.body.type === "BlockStatement") {
      throw new ExpressionFault("not_available", "arrow functions have one expression and are not async", at);
    }
    const locals = new Set(around.locals);
    const params = checkParams(syntax.params, locals);
    return { kind: "arrow", params, body: this.#node(syntax.body, { locals, depth: around.depth + 1 }), at };
  }

  #item(syntax: Argument | null, at: number, around: Around): Item {
    if (syntax === null) {
      throw new ExpressionFault("not_available", "a list has no empty places; write undefined", at);
    }
    if (syntax.type === "SpreadElement") return { spread: true, value: this.#node(syntax.argument, around) };
    return { spread: false, value: this.#node(syntax, around) };
  }

  #entries(syntax: ObjectExpression, around: Around): Entry[] {
    return syntax.properties.map((property): Entry => {
      if (property.type === "SpreadElement")
        return { key: null, value: this.#node(property.argument, around) };
      if (property.kind !== "init" || property.method) {
        throw new ExpressionFault("not_available", "an object has no functions", property.start);
      }
      return { key: this.#key(property, around), value: this.#node(property.value, around) };
    });
  }

  #key({ computed, key }: Property, around: Around): string | Node {
    if (computed) return this.#node(key, around);
    const name = key.type === "Identifier" ? key.name : key.type === "Literal" ? String(key.value) : "";
    return refuseForbidden(name, key.start);
  }
}
