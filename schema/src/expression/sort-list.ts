import type { Call } from "./call.ts";
import { toNumber, toText, type Value } from "./values.ts";

/** Sorts `list` in place as JavaScript does: by the callback, or by the texts of the values; undefined comes last. */
export function sortList(list: Value[], call: Call): Value[] {
  const { callback, work } = call;
  if (callback !== null) {
    return list.sort((left, right) => toNumber(callback(left, right), work));
  }
  const rows = list.map((value) => ({ value, text: value === undefined ? "" : toText(value, work) }));
  const characters = rows.reduce((sum, row) => sum + row.text.length, 0);
  // Each value is compared about log2(n) times.
  work.spend(Math.ceil((list.length + characters / 64) * Math.log2(list.length + 1)));
  rows.sort((left, right) => {
    if (left.value === undefined || right.value === undefined) {
      return Number(left.value === undefined) - Number(right.value === undefined);
    }
    return left.text < right.text ? -1 : left.text > right.text ? 1 : 0;
  });
  return rows.map((row) => row.value);
}
