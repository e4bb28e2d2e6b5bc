import { expect, test } from "vitest";
import { type Edit, noteEdit, readEdits } from "./edits-store.ts";

const edit = (at: number): Edit => ({ text: `steps of ${at}`, etag: '"a"', at });

test("an edit is kept until it is saved or discarded, and what is no edit is left out", () => {
  const all = noteEdit(noteEdit({}, "a/release", edit(1)), "a/_new", { ...edit(2), etag: null, name: "x" });
  expect(readEdits(JSON.stringify(all))).toEqual(all);
  expect(noteEdit(all, "a/release", null)).toEqual({ "a/_new": all["a/_new"] });
  expect(noteEdit(all, "a/release", edit(3))["a/release"]?.at).toBe(3);
  for (const text of [null, "", "no JSON", "[]", "null", '{"a":1}', '{"a":{"text":1,"etag":null,"at":1}}']) {
    expect(readEdits(text)).toEqual({});
  }
});

test("of very many edits the oldest go", () => {
  let all: Record<string, Edit> = {};
  for (let at = 1; at <= 30; at += 1) all = noteEdit(all, `w${at}`, edit(at));
  expect(Object.keys(all)).toHaveLength(20);
  expect(all.w10).toBeUndefined();
  expect(all.w11).toBeDefined();
});
