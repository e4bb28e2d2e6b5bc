import fc from "fast-check";
import { expect, test } from "vitest";
import { begin, record, redo, undo } from "./history.ts";

test("as many steps back as were made lead to the beginning, and as many forward to the end", () => {
  fc.assert(
    fc.property(fc.array(fc.string(), { maxLength: 20 }), (texts) => {
      let history = begin("start");
      for (const text of texts) history = record(history, text, false);
      const end = history;
      const count = end.past.length;
      for (let i = 0; i < count; i++) history = undo(history);
      expect([history.now, undo(history)]).toEqual(["start", history]);
      for (let i = 0; i < count; i++) history = redo(history);
      expect([history.now, redo(history).now]).toEqual([end.now, end.now]);
    }),
  );
});

test("what is typed in one go is one change, and a change takes away what was undone", () => {
  let history = record(record(record(begin("a"), "ab", true), "abc", true), "x", false);
  expect(undo(history).now).toBe("abc");
  history = undo(undo(history));
  expect(history.now).toBe("a");
  history = record(history, "new", false);
  expect(redo(history).now).toBe("new");
});
