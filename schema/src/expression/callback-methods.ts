import type { Call, MethodBody } from "./call.ts";
import { ExpressionFault } from "./problem.ts";
import { isList, type Value } from "./values.ts";

type List = readonly Value[];
type Each = (value: Value, index: number, list: List) => Value;

/** A method that calls its first argument, which the parser has made sure to be a function. */
function calling(run: (list: List, each: Each, call: Call) => Value): MethodBody<List> {
  return (list, _args, call) => {
    const { callback } = call;
    if (callback === null) throw new ExpressionFault("wrong_type", "this method needs an arrow function");
    return run(
      list,
      (value, index, whole) => {
        call.work.spend(1);
        return callback(value, index, whole);
      },
      call,
    );
  };
}

function reduce(list: List, args: List, call: Call, fromRight: boolean): Value {
  const { callback, work } = call;
  if (callback === null) throw new ExpressionFault("wrong_type", "this method needs an arrow function");
  const last = list.length - 1;
  let step = 0;
  let total: Value = args[1];
  if (args.length < 2) {
    if (list.length === 0) {
      throw new ExpressionFault("wrong_type", "reduce of an empty list needs a value to begin with");
    }
    total = list[fromRight ? last : 0];
    step = 1;
  }
  for (; step <= last; step++) {
    work.spend(1);
    const index = fromRight ? last - step : step;
    total = callback(total, list[index], index, list);
  }
  return total;
}

/** The methods of lists whose first argument is a function. */
export const callbackMethods: ReadonlyMap<string, MethodBody<List>> = new Map<string, MethodBody<List>>([
  ["every", calling((list, each) => list.every((value, index) => Boolean(each(value, index, list))))],
  [
    "filter",
    calling((list, each, { work }) => {
      const made = list.filter((value, index) => Boolean(each(value, index, list)));
      work.list(made.length);
      return made;
    }),
  ],
  ["find", calling((list, each) => list.find((value, index) => Boolean(each(value, index, list))))],
  ["findIndex", calling((list, each) => list.findIndex((value, index) => Boolean(each(value, index, list))))],
  ["findLast", calling((list, each) => list.findLast((value, index) => Boolean(each(value, index, list))))],
  [
    "findLastIndex",
    calling((list, each) => list.findLastIndex((value, index) => Boolean(each(value, index, list)))),
  ],
  [
    "flatMap",
    calling((list, each, { work }) => {
      const made: Value[] = [];
      list.forEach((value, index) => {
        const result = each(value, index, list);
        const more = isList(result) ? result : [result];
        work.spend(more.length);
        for (const item of more) made.push(item);
      });
      work.list(made.length);
      return made;
    }),
  ],
  [
    "map",
    calling((list, each, { work }) => {
      work.list(list.length);
      return list.map((value, index) => each(value, index, list));
    }),
  ],
  ["reduce", (list, args, call) => reduce(list, args, call, false)],
  ["reduceRight", (list, args, call) => reduce(list, args, call, true)],
  ["some", calling((list, each) => list.some((value, index) => Boolean(each(value, index, list))))],
]);
