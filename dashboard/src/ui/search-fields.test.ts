import { expect, test } from "vitest";
import { oneOf, positiveNumber, type SearchField, someOf, textUpTo } from "./search-fields.ts";

const cases: readonly [name: string, field: SearchField<unknown>, text: string, value: unknown][] = [
  ["a text that is short enough", textUpTo(3), "abc", "abc"],
  ["no text", textUpTo(3), "", ""],
  ["a text that is too long", textUpTo(3), "abcd", undefined],
  ["a known word", oneOf(["logs", "result"]), "result", "result"],
  ["an unknown word", oneOf(["logs", "result"]), "Result", undefined],
  ["known words", someOf(["failed", "dead"]), "dead,failed", ["dead", "failed"]],
  ["words of which one is unknown", someOf(["failed", "dead"]), "dead,alive", undefined],
  ["no word at all", someOf(["failed", "dead"]), "", undefined],
  ["a number", positiveNumber, "12", 12],
  ["nothing as a number", positiveNumber, "", undefined],
  ["zero", positiveNumber, "0", undefined],
  ["a number below zero", positiveNumber, "-1", undefined],
  ["a fraction", positiveNumber, "1.5", undefined],
  ["more than numbers tell apart", positiveNumber, "9007199254740993", undefined],
  ["a word as a number", positiveNumber, "one", undefined],
];

test.each(cases)("%s", (_, field, text, value) => {
  expect(field(text)).toEqual(value);
});
