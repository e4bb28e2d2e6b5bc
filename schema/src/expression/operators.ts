import { ExpressionFault } from "./problem.ts";
import type { BinaryOperator, UnaryOperator } from "./tree.ts";
import {
  isList,
  isObject,
  refuseForbidden,
  toNumber,
  toPrimitive,
  toText,
  typeName,
  type Value,
} from "./values.ts";
import type { Work } from "./work.ts";

/** A unary operator of JavaScript on plain data. */
export function applyUnary(operator: UnaryOperator, value: Value, work: Work): Value {
  switch (operator) {
    case "!":
      return !value;
    case "typeof":
      return typeof value;
    case "-":
      return -toNumber(value, work);
    case "+":
      return toNumber(value, work);
    case "~":
      return ~toNumber(value, work);
  }
}

/** `+` of JavaScript: texts are joined, all else is added. */
function add(left: Value, right: Value, work: Work): Value {
  const a = toPrimitive(left, work);
  const b = toPrimitive(right, work);
  if (typeof a !== "string" && typeof b !== "string") return Number(a) + Number(b);
  const before = String(a);
  const after = String(b);
  work.fits(before.length + after.length);
  // Engines keep both parts and copy neither until it is read, so only the shorter one is paid for.
  work.read(Math.min(before.length, after.length));
  return before + after;
}

function strictlyEqual(left: Value, right: Value, work: Work): boolean {
  if (typeof left === "string" && typeof right === "string" && left.length === right.length) {
    work.read(left.length);
  }
  return left === right;
}

function looselyEqual(left: Value, right: Value, work: Work): boolean {
  const objects = [left, right].filter((value) => isList(value) || isObject(value)).length;
  if (objects === 2) return left === right;
  if (objects === 1 && (left === null || right === null || left === undefined || right === undefined))
    return false;
  const a = toPrimitive(left, work);
  const b = toPrimitive(right, work);
  if (typeof a === "string") work.read(a.length);
  if (typeof b === "string") work.read(b.length);
  // biome-ignore lint/suspicious/noDoubleEquals: this is the operator == itself, on primitive values.
  return a == b;
}

function compare(
  left: Value,
  right: Value,
  work: Work,
  decide: (a: string | number, b: string | number) => boolean,
) {
  const a = toPrimitive(left, work);
  const b = toPrimitive(right, work);
  if (typeof a === "string" && typeof b === "string") {
    work.read(Math.min(a.length, b.length));
    return decide(a, b);
  }
  return decide(toNumber(a, work), toNumber(b, work));
}

/** `key in value`: own properties only. */
function contains(key: Value, value: Value, work: Work): boolean {
  const name = refuseForbidden(toText(key, work));
  if (!isList(value) && !isObject(value)) {
    throw new ExpressionFault(
      "wrong_type",
      `in needs an object or a list on its right, got ${typeName(value)}`,
    );
  }
  return Object.hasOwn(value, name);
}

type Arithmetic = (a: number, b: number) => number;

const arithmetic: Partial<Record<BinaryOperator, Arithmetic>> = {
  "-": (a, b) => a - b,
  "*": (a, b) => a * b,
  "/": (a, b) => a / b,
  "%": (a, b) => a % b,
  "**": (a, b) => a ** b,
  "&": (a, b) => a & b,
  "|": (a, b) => a | b,
  "^": (a, b) => a ^ b,
  "<<": (a, b) => a << b,
  ">>": (a, b) => a >> b,
  ">>>": (a, b) => a >>> b,
};

/** A binary operator of JavaScript on plain data; objects are never asked how they convert themselves. */
export function applyBinary(operator: BinaryOperator, left: Value, right: Value, work: Work): Value {
  switch (operator) {
    case "+":
      return add(left, right, work);
    case "===":
      return strictlyEqual(left, right, work);
    case "!==":
      return !strictlyEqual(left, right, work);
    case "==":
      return looselyEqual(left, right, work);
    case "!=":
      return !looselyEqual(left, right, work);
    case "<":
      return compare(left, right, work, (a, b) => a < b);
    case "<=":
      return compare(left, right, work, (a, b) => a <= b);
    case ">":
      return compare(left, right, work, (a, b) => a > b);
    case ">=":
      return compare(left, right, work, (a, b) => a >= b);
    case "in":
      return contains(left, right, work);
    default: {
      const a = toNumber(left, work);
      return arithmetic[operator]?.(a, toNumber(right, work));
    }
  }
}
