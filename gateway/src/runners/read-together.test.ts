import { expect, test } from "vitest";
import { readTogether } from "./read-together.ts";

const soon = (callback: () => void) => void setImmediate(callback);

/** Rows that are called like their ids, and what was asked for in each read. */
function rows(...there: string[]) {
  const reads: string[][] = [];
  const get = readTogether({ soon }, async (ids) => {
    reads.push(ids);
    if (ids.includes("broken")) throw new Error("no database");
    return new Map(ids.filter((id) => there.includes(id)).map((id) => [id, id]));
  });
  return { get, reads };
}

test("what is asked for in one turn is read with one statement, each id once", async () => {
  const { get, reads } = rows("a", "b");
  expect(await Promise.all(["a", "b", "a", "c"].map(get))).toEqual(["a", "b", "a", null]);
  expect(reads).toEqual([["a", "b", "c"]]);
  expect(await get("a")).toBe("a");
  expect(reads).toHaveLength(2);
});

test("a statement names 500 ids at most", async () => {
  const ids = Array.from({ length: 1201 }, (_, i) => `r${i}`);
  const { get, reads } = rows(...ids);
  expect(await Promise.all(ids.map(get))).toEqual(ids);
  expect(reads.map((one) => one.length)).toEqual([500, 500, 201]);
});

test("a read that fails fails for all who asked, and for nobody after", async () => {
  const { get } = rows("a");
  const both = await Promise.allSettled([get("a"), get("broken")]);
  expect(both.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  expect(await get("a")).toBe("a");
});
