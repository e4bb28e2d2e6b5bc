import { expect, test } from "vitest";
import { settle } from "../../dispatch/world.suite.ts";
import { fewAtOnce } from "./few-at-once.ts";

test("no more than so many are under way, the others follow in order, and one that fails makes room too", async () => {
  const begun: number[] = [];
  const ends: PromiseWithResolvers<number>[] = [];
  const work = fewAtOnce(2, (n: number) => {
    begun.push(n);
    const end = Promise.withResolvers<number>();
    ends.push(end);
    return end.promise;
  });
  const calls = [1, 2, 3, 4, 5].map((n) => work(n).catch(() => -n));
  await settle();
  expect(begun).toEqual([1, 2]);
  ends[1]?.reject(new Error("no"));
  await settle();
  expect(begun).toEqual([1, 2, 3]);
  ends[0]?.resolve(1);
  ends[2]?.resolve(3);
  await settle();
  expect(begun).toEqual([1, 2, 3, 4, 5]);
  ends[3]?.resolve(4);
  ends[4]?.resolve(5);
  expect(await Promise.all(calls)).toEqual([1, -2, 3, 4, 5]);
  const last = work(6);
  await settle();
  ends[5]?.resolve(6);
  expect(await last).toBe(6);
});
