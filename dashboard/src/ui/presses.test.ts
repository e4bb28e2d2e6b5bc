import { expect, test } from "vitest";
import { afterKey, isChord, pressText } from "./presses.ts";

const home = { keys: ["g", "h"] } as const;
const functions = { keys: ["g", "f"] } as const;
const sheet = { keys: ["?"] } as const;
const all = [home, functions, sheet];

test.each([
  [[], "?", sheet, []],
  [[], "g", null, ["g"]],
  [["g"], "h", home, []],
  [["g"], "f", functions, []],
  [["g"], "x", null, []],
  [["g"], "g", null, ["g"]],
  [["g"], "?", sheet, []],
  [[], "h", null, []],
])("after %j comes %s", (before, key, whole, keys) => {
  expect(afterKey(before, key, all)).toEqual({ whole, keys });
});

const struck = { key: "k", ctrlKey: false, metaKey: false, altKey: false, shiftKey: false };

test("a chord is held with Ctrl or ⌘, and with nothing that it does not name", () => {
  expect(isChord({ ...struck, ctrlKey: true }, { key: "k" })).toBe(true);
  expect(isChord({ ...struck, metaKey: true, key: "K" }, { key: "k" })).toBe(true);
  expect(isChord(struck, { key: "k" })).toBe(false);
  expect(isChord({ ...struck, ctrlKey: true, altKey: true }, { key: "k" })).toBe(false);
  expect(isChord({ ...struck, ctrlKey: true, shiftKey: true }, { key: "k" })).toBe(false);
  expect(isChord({ ...struck, ctrlKey: true, shiftKey: true }, { key: "k", shift: true })).toBe(true);
});

test.each([
  [{ key: "Enter" }, "Ctrl+↵", "⌘↵"],
  [{ key: "d", shift: true }, "Ctrl+Shift+D", "⇧⌘D"],
  [home, "g h", "g h"],
])("%j is written as %s, on a Mac as %s", (press, plain, apple) => {
  expect([pressText(press, false), pressText(press, true)]).toEqual([plain, apple]);
});
