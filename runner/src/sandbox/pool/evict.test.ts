import { expect, test } from "vitest";
import { hasRoomFor, type Limits, type Need, type Resident, victimsOf } from "./evict.ts";

const mb = 2 ** 20;
const plenty: Limits = {
  ...{ budgetBytes: null, availableBytes: 64_000 * mb },
  ...{ reserveBytes: 256 * mb, idleMost: 10 },
};
const nothing: Need = { bytes: 0, key: null };
const one = (name: string, change: Partial<Resident<string>> = {}): Resident<string> => ({
  ...{ of: name, memory: 256 * mb, idleSince: 0, key: name, isKept: false },
  ...change,
});
/** Four idle ones, `d` the longest, and one that runs. */
const four = [
  one("a", { idleSince: 40 }),
  one("b", { idleSince: 30 }),
  one("c", { idleSince: 20 }),
  one("d", { idleSince: 10 }),
  one("busy", { idleSince: null }),
];

test.each<[string, readonly Resident<string>[], Need, Partial<Limits>, string[]]>([
  ["nobody while there is room", four, { bytes: 256 * mb, key: "e" }, {}, []],
  ["the longest idle above the number of idle ones", four, nothing, { idleMost: 2 }, ["d", "c"]],
  [
    "the longest idle where the sum of limits is reached",
    four,
    { bytes: 256 * mb, key: "e" },
    { budgetBytes: 5 * 256 * mb },
    ["d"],
  ],
  [
    "as many as the new one needs",
    four,
    { bytes: 600 * mb, key: "e" },
    { budgetBytes: 5 * 256 * mb },
    ["d", "c", "b"],
  ],
  ["those of other keys first", four, { bytes: 256 * mb, key: "d" }, { budgetBytes: 5 * 256 * mb }, ["c"]],
  [
    "every idle one and never one that runs",
    four,
    { bytes: 9000 * mb, key: "e" },
    { budgetBytes: 512 * mb },
    ["d", "c", "b", "a"],
  ],
  ["the longest idle where the machine runs short", four, nothing, { availableBytes: 200 * mb }, ["d", "c"]],
  [
    "a small one gives back no more than it may hold",
    [one("s", { memory: 8 * mb }), one("t", { idleSince: 1 })],
    nothing,
    { availableBytes: 216 * mb },
    ["s", "t"],
  ],
  [
    "kept ones last",
    [one("k", { isKept: true }), one("z", { idleSince: 99 })],
    nothing,
    { budgetBytes: 256 * mb },
    ["z"],
  ],
  [
    "kept ones too, when nothing else is left",
    [one("k", { isKept: true }), one("z", { idleSince: 99 })],
    { bytes: 1, key: "e" },
    { budgetBytes: 256 * mb },
    ["z", "k"],
  ],
  [
    "kept ones do not count as too many idle",
    [one("k", { isKept: true }), one("l", { isKept: true })],
    nothing,
    { idleMost: 0 },
    [],
  ],
])("ends %s", (_words, residents, need, limits, expected) => {
  expect(victimsOf(residents, need, { ...plenty, ...limits }).map(({ of }) => of)).toEqual(expected);
});

test.each<[string, Need, Partial<Limits>, boolean]>([
  ["free memory and no limit", { bytes: 256 * mb, key: null }, {}, true],
  ["the last of the sum of limits", { bytes: 256 * mb, key: null }, { budgetBytes: 6 * 256 * mb }, true],
  ["one byte less", { bytes: 256 * mb, key: null }, { budgetBytes: 6 * 256 * mb - 1 }, false],
  ["a machine that runs short", { bytes: 256 * mb, key: null }, { availableBytes: 256 * mb }, false],
])("there is room or not: %s", (_words, need, limits, expected) => {
  expect(hasRoomFor(four, need, { ...plenty, ...limits })).toBe(expected);
});
