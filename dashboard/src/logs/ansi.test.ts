import { expect, test } from "vitest";
import { cutOff, piecesOf } from "./ansi.ts";

const esc = "\u001b";

test("colours become classes", () => {
  expect(piecesOf(`a ${esc}[31mred${esc}[0m ${esc}[1;92mgreen${esc}[0m`)).toEqual([
    { text: "a ", class: "" },
    { text: "red", class: "ansi-red" },
    { text: " ", class: "" },
    { text: "green", class: "ansi-bright-green ansi-bold" },
  ]);
});

test("markup stays text", () => {
  expect(piecesOf("<img src=x onerror=alert(1)>")).toEqual([
    { text: "<img src=x onerror=alert(1)>", class: "" },
  ]);
  expect(piecesOf(`${esc}[31m<b>&amp;`)).toEqual([{ text: "<b>&amp;", class: "ansi-red" }]);
});

test("what would move a cursor, set a title or beep does nothing", () => {
  expect(piecesOf(`${esc}[2Ja${esc}[1;1Hb${esc}]0;title\u0007c\u0007`)).toEqual([
    { text: "abc\ufffd", class: "" },
  ]);
});

test("a line of 1 MB is shown from its beginning", () => {
  const line = "x".repeat(1_000_000);
  expect(piecesOf(line)[0]?.text.length).toBe(4000);
  expect(cutOff(line)).toBe(996_000);
});
