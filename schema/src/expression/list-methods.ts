import type { Call, MethodBody } from "./call.ts";
import { expressionLimits } from "./limits.ts";
import { ExpressionFault } from "./problem.ts";
import { sortList } from "./sort-list.ts";
import { isList, joinList, toNumber, toText, type Value } from "./values.ts";

type List = readonly Value[];
type ListMethod = MethodBody<List>;

/** A copy of `list`, after taking what it costs. */
function copied(list: List, call: Call): Value[] {
  call.work.list(list.length);
  return [...list];
}

function optionalNumber(args: List, index: number, call: Call): number | undefined {
  return args[index] === undefined ? undefined : toNumber(args[index], call.work);
}

/** Takes what it costs to compare each of `list` with `wanted`. */
function compared(list: List, wanted: Value, call: Call): void {
  call.work.spend(list.length * (1 + (typeof wanted === "string" ? Math.floor(wanted.length / 1024) : 0)));
}

function flatten(list: List, depth: number, call: Call, into: Value[], level = 0): Value[] {
  if (level > expressionLimits.valueDepth) {
    throw new ExpressionFault("too_deep", `lists nest deeper than ${expressionLimits.valueDepth} levels`);
  }
  for (const item of list) {
    call.work.spend(1);
    if (isList(item) && depth >= 1) flatten(item, depth - 1, call, into, level + 1);
    else into.push(item);
  }
  if (into.length * 8 > expressionLimits.size) call.work.list(into.length);
  return into;
}

function concat(list: List, args: List, call: Call): Value {
  const made = copied(list, call);
  for (const arg of args) {
    const more = isList(arg) ? arg : [arg];
    call.work.list(made.length + more.length);
    for (const item of more) made.push(item);
  }
  return made;
}

function replacedAt(list: List, args: List, call: Call): Value {
  const asked = Math.trunc(toNumber(args[0], call.work)) || 0;
  const index = asked < 0 ? list.length + asked : asked;
  if (index < 0 || index >= list.length) {
    throw new ExpressionFault("out_of_range", `with: there is no place ${asked} in a list of ${list.length}`);
  }
  const made = copied(list, call);
  made[index] = args[1];
  return made;
}

// Without side effects nobody sees whether a list was changed or copied, so `reverse` and `sort` copy.
const reversed: ListMethod = (list, _args, call) => copied(list, call).reverse();
const sorted: ListMethod = (list, args, call) => {
  if (call.callback === null && args[0] !== undefined) {
    throw new ExpressionFault(
      "wrong_type",
      "sort takes an arrow function that compares two values, or nothing",
    );
  }
  return sortList(copied(list, call), call);
};

/** The methods of lists that call nothing, and `sort` with its optional comparison. */
export const listMethods: ReadonlyMap<string, ListMethod> = new Map<string, ListMethod>([
  ["at", (list, args, call) => list.at(toNumber(args[0], call.work))],
  ["concat", concat],
  ["flat", (list, args, call) => flatten(list, optionalNumber(args, 0, call) ?? 1, call, [])],
  [
    "includes",
    (list, args, call) => {
      compared(list, args[0], call);
      return list.includes(args[0], optionalNumber(args, 1, call));
    },
  ],
  [
    "indexOf",
    (list, args, call) => {
      compared(list, args[0], call);
      return list.indexOf(args[0], optionalNumber(args, 1, call));
    },
  ],
  [
    "join",
    (list, args, call) => joinList(list, args[0] === undefined ? "," : toText(args[0], call.work), call.work),
  ],
  [
    "lastIndexOf",
    (list, args, call) => {
      compared(list, args[0], call);
      return args.length > 1
        ? list.lastIndexOf(args[0], toNumber(args[1], call.work))
        : list.lastIndexOf(args[0]);
    },
  ],
  ["reverse", reversed],
  [
    "slice",
    (list, args, call) => {
      const part = list.slice(optionalNumber(args, 0, call), optionalNumber(args, 1, call));
      call.work.list(part.length);
      return part;
    },
  ],
  ["sort", sorted],
  ["toReversed", reversed],
  ["toSorted", sorted],
  ["toString", (list, _args, call) => joinList(list, ",", call.work)],
  ["with", replacedAt],
]);
