import { bindParams, type Scope } from "./bind-params.ts";
import type { Call, RunOutcome } from "./call.ts";
import { callMethod } from "./call-method.ts";
import { functions } from "./functions.ts";
import { nearestName } from "./nearest-name.ts";
import { entriesOf } from "./object-functions.ts";
import { applyBinary, applyUnary } from "./operators.ts";
import { ExpressionFault, placed } from "./problem.ts";
import { readMember } from "./read-member.ts";
import type { Callback, Item, Node } from "./tree.ts";
import { admit, charactersOf, isList, refuseForbidden, toText, typeName, type Value } from "./values.ts";
import type { Work } from "./work.ts";

/** Ends a chain such as `a?.b.c` where a value is null or undefined. */
const ended = Symbol("ended");

type Found = Value | typeof ended;

/** What an interpreter has for the whole of one evaluation. */
interface Surroundings {
  work: Work;
  now: number;
  outcome: RunOutcome;
}

/** Walks a checked tree over a context. The tree is bounded in depth and functions cannot be kept, so its own recursion is bounded too. */
export class Interpreter {
  readonly #context: Readonly<Record<string, unknown>>;
  readonly #around: Surroundings;

  constructor(context: Readonly<Record<string, unknown>>, around: Surroundings) {
    this.#context = context;
    this.#around = around;
  }

  /** The value of a whole expression; throws a fault with its place. */
  run(root: Node): Value {
    return this.#value(root, null);
  }

  #value(node: Node, scope: Scope): Value {
    const found = this.#visit(node, scope);
    // A chain is always inside its own `chain` node, so nothing ended gets here; undefined is what it would mean.
    return found === ended ? undefined : found;
  }

  #visit(node: Node, scope: Scope): Found {
    const { work } = this.#around;
    try {
      work.spend(1);
      switch (node.kind) {
        case "literal":
          return node.value;
        case "text":
          return this.#text(node.texts, node.parts, scope);
        case "name":
          return this.#name(node.name);
        case "local":
          return readLocal(node.name, scope);
        case "member":
          return this.#member(node, scope);
        case "chain":
          return this.#value(node.inner, scope);
        case "method":
          return this.#method(node, scope);
        case "call":
          return this.#call(node.name, this.#items(node.args, scope), node.callback, scope);
        case "unary":
          return this.#unary(node, scope);
        case "binary": {
          const left = this.#value(node.left, scope);
          return applyBinary(node.operator, left, this.#value(node.right, scope), work);
        }
        case "logical":
          return this.#logical(node, scope);
        case "conditional":
          return this.#value(this.#value(node.test, scope) ? node.whenTrue : node.whenFalse, scope);
        case "list": {
          const items = this.#items(node.items, scope);
          work.list(items.length);
          return items;
        }
        case "object":
          return this.#object(node, scope);
      }
    } catch (error) {
      throw placed(error, node.at);
    }
  }

  #text(texts: string[], parts: Node[], scope: Scope): string {
    const { work } = this.#around;
    let made = texts[0] ?? "";
    for (const [index, part] of parts.entries()) {
      const more = toText(this.#value(part, scope), work) + (texts[index + 1] ?? "");
      work.fits(made.length + more.length);
      work.read(more.length);
      made += more;
    }
    return made;
  }

  #name(name: string): Value {
    if (Object.hasOwn(this.#context, name)) return admit(this.#context[name]);
    const near = nearestName(name, Object.keys(this.#context));
    throw new ExpressionFault(
      "unknown_name",
      `${name} is not known here${near === null ? "" : `; did you mean ${near}?`}`,
    );
  }

  #unary(node: Extract<Node, { kind: "unary" }>, scope: Scope): Value {
    // As in JavaScript, `typeof` asks about a name that is not there without failing.
    const { operator, operand } = node;
    if (operator === "typeof" && operand.kind === "name" && !Object.hasOwn(this.#context, operand.name)) {
      return "undefined";
    }
    return applyUnary(operator, this.#value(operand, scope), this.#around.work);
  }

  #logical(node: Extract<Node, { kind: "logical" }>, scope: Scope): Value {
    const left = this.#value(node.left, scope);
    const decided =
      node.operator === "&&"
        ? !left
        : node.operator === "||"
          ? Boolean(left)
          : left !== null && left !== undefined;
    return decided ? left : this.#value(node.right, scope);
  }

  #member(node: Extract<Node, { kind: "member" }>, scope: Scope): Found {
    const { work } = this.#around;
    const object = this.#visit(node.object, scope);
    if (object === ended) return ended;
    if (object === null || object === undefined) {
      if (node.optional) return ended;
      throw noMember(node.object, typeof node.key === "string" ? node.key : null, object);
    }
    const key = typeof node.key === "string" ? node.key : toText(this.#value(node.key, scope), work);
    return readMember(object, key, work);
  }

  #method(node: Extract<Node, { kind: "method" }>, scope: Scope): Found {
    const object = this.#visit(node.object, scope);
    if (object === ended) return ended;
    if (object === null || object === undefined) {
      if (node.optional) return ended;
      throw noMember(node.object, node.name, object);
    }
    const args = this.#items(node.args, scope);
    return callMethod(object, node.name, args, this.#callWith(node.callback, scope));
  }

  #call(name: string, args: readonly Value[], callback: Callback | null, scope: Scope): Value {
    const body = functions.get(name);
    if (body === undefined)
      throw new ExpressionFault("not_available", `the function ${name} is not available`);
    return body(args, this.#callWith(callback, scope));
  }

  #callWith(callback: Callback | null, scope: Scope): Call {
    return { ...this.#around, callback: callback === null ? null : this.#function(callback, scope) };
  }

  #function(callback: Callback, scope: Scope): (...values: Value[]) => Value {
    if (callback.kind === "function") {
      return (...values) => {
        this.#around.work.spend(1);
        return this.#call(callback.name, values, null, scope);
      };
    }
    return (...values) => {
      const bound = bindParams(callback.params, values, scope, this.#around.work);
      return this.#value(callback.body, bound);
    };
  }

  #items(items: readonly Item[], scope: Scope): Value[] {
    const { work } = this.#around;
    const values: Value[] = [];
    for (const { spread, value: node } of items) {
      const value = this.#value(node, scope);
      if (!spread) values.push(value);
      else if (typeof value === "string") for (const one of charactersOf(value, work)) values.push(one);
      else if (isList(value)) {
        work.list(values.length + value.length);
        for (const one of value) values.push(one);
      } else
        throw new ExpressionFault(
          "wrong_type",
          `only lists and texts can be spread here, not ${typeName(value)}`,
          node.at,
        );
    }
    return values;
  }

  #object(node: Extract<Node, { kind: "object" }>, scope: Scope): Value {
    const { work } = this.#around;
    const made: Record<string, Value> = {};
    let places = 0;
    for (const { key, value: valueNode } of node.entries) {
      if (key === null) {
        const value = this.#value(valueNode, scope);
        if (value === null || value === undefined) continue;
        for (const [name, each] of entriesOf(value, this.#callWith(null, scope), "...")) {
          made[refuseForbidden(name)] = each;
          places++;
        }
      } else {
        const name = typeof key === "string" ? key : toText(this.#value(key, scope), work);
        made[refuseForbidden(name)] = this.#value(valueNode, scope);
        places++;
      }
    }
    work.list(places);
    return made;
  }
}

function readLocal(name: string, scope: Scope): Value {
  for (let at = scope; at !== null; at = at.outer) if (at.name === name) return at.value;
  return undefined;
}

function noMember(object: Node, key: string | null, value: null | undefined): ExpressionFault {
  const what = describe(object) ?? "this value";
  const member = key === null ? "no members" : `no ${key}`;
  return new ExpressionFault(
    "wrong_type",
    `${what} is ${String(value)} and has ${member}; write ?. before it where that may happen`,
  );
}

/** `steps.build.output` for a path of names, null for anything else. */
function describe(node: Node): string | null {
  if (node.kind === "name" || node.kind === "local") return node.name;
  if (node.kind !== "member" || typeof node.key !== "string") return null;
  const object = describe(node.object);
  return object === null ? null : `${object}.${node.key}`;
}
