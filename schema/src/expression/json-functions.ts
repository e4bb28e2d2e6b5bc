import type { Call, FunctionBody } from "./call.ts";
import { expressionLimits } from "./limits.ts";
import { ExpressionFault } from "./problem.ts";
import { admit, isList, isObject, refuseForbidden, toText, type Value } from "./values.ts";
import type { Work } from "./work.ts";

/** Counts the parts of a JSON text and how deep it nests before anything is made of it. */
function scan(text: string, work: Work): void {
  work.read(text.length);
  let depth = 0;
  let parts = 1;
  let quoted = false;
  for (let index = 0; index < text.length; index++) {
    const unit = text[index];
    if (quoted) {
      if (unit === "\\") index++;
      else if (unit === '"') quoted = false;
    } else if (unit === '"') quoted = true;
    else if (unit === "[" || unit === "{") {
      parts++;
      if (++depth > expressionLimits.valueDepth) {
        throw new ExpressionFault(
          "too_deep",
          `the JSON nests deeper than ${expressionLimits.valueDepth} levels`,
        );
      }
    } else if (unit === "]" || unit === "}") depth--;
    else if (unit === ",") parts++;
  }
  work.spend(parts);
}

function refuseForbiddenKeys(value: Value): void {
  if (isList(value)) value.forEach(refuseForbiddenKeys);
  else if (isObject(value)) {
    for (const key of Object.keys(value)) {
      refuseForbidden(key);
      refuseForbiddenKeys(value[key]);
    }
  }
}

function parse(args: readonly Value[], call: Call): Value {
  const text = toText(args[0], call.work);
  scan(text, call.work);
  let value: Value;
  try {
    // JSON.parse makes plain data only.
    value = JSON.parse(text) as Value;
  } catch {
    // The engine's own message would quote the text, which may be a secret.
    throw new ExpressionFault("invalid_json", "JSON.parse: the text is no valid JSON");
  }
  refuseForbiddenKeys(value);
  return value;
}

/** Counts what writing `value` makes, brackets, commas and indentation included; escapes are looked at afterwards. */
function measure(value: Value, indent: number, work: Work, depth = 0): number {
  work.spend(1);
  if (typeof value === "string") {
    work.read(value.length);
    return value.length + 2;
  }
  admit(value);
  if (!isList(value) && !isObject(value)) return 5;
  if (depth >= expressionLimits.valueDepth) {
    throw new ExpressionFault(
      "too_deep",
      `the value nests deeper than ${expressionLimits.valueDepth} levels`,
    );
  }
  const line = indent === 0 ? 0 : 1 + indent * (depth + 1);
  let length = 2 + line;
  const keys = isList(value) ? null : Object.keys(value);
  const count = isList(value) ? value.length : (keys?.length ?? 0);
  for (let index = 0; index < count; index++) {
    const key = keys?.[index];
    const item = isList(value) ? value[index] : key === undefined ? undefined : value[key];
    length += 1 + line + (key === undefined ? 0 : key.length + 3) + measure(item, indent, work, depth + 1);
    work.fits(length);
  }
  return length;
}

function stringify(args: readonly Value[], call: Call): Value {
  const { work } = call;
  if (args[0] === undefined) return undefined;
  if (call.callback !== null || isList(args[1])) {
    throw new ExpressionFault("wrong_type", "JSON.stringify takes no list of keys and no function here");
  }
  const space = args[2];
  const indent =
    typeof space === "number"
      ? " ".repeat(Math.max(0, Math.min(10, Math.trunc(space) || 0)))
      : typeof space === "string"
        ? space.slice(0, 10)
        : "";
  measure(args[0], indent.length, work);
  const text = JSON.stringify(args[0], null, indent);
  work.text(text.length);
  return text;
}

/** The functions of `JSON`, without revivers and replacers. */
export const jsonFunctions: readonly (readonly [string, FunctionBody])[] = [
  ["JSON.parse", parse],
  ["JSON.stringify", stringify],
];
