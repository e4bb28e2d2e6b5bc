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

test.each([
  ["38;5;208", "ansi-yellow"],
  ["38;5;196", "ansi-red"],
  ["38;5;46", "ansi-green"],
  ["38;5;27", "ansi-blue"],
  ["38;5;201", "ansi-magenta"],
  ["38;5;51", "ansi-cyan"],
  ["38;5;9", "ansi-bright-red"],
  ["38;5;244", "ansi-bright-black"],
  ["38;5;255", ""],
  ["38;2;255;0;0", "ansi-red"],
  ["38;2;30;60;250", "ansi-blue"],
  ["38;2;120;120;120", "ansi-bright-black"],
  ["48;5;21", "ansi-blue-bg"],
  ["1;38;5;160;48;2;0;160;0", "ansi-red ansi-green-bg ansi-bold"],
  ["38;5;999", ""],
])("one of the many colours is shown as the nearest that every theme has: %s", (codes, look) => {
  expect(piecesOf(`${esc}[${codes}mx`)).toEqual([{ text: "x", class: look }]);
});

test("links of a terminal lead where they say, over colours, and to web addresses alone", () => {
  const link = (href: string, text: string) => `${esc}]8;id=1;${href}${esc}\\${text}${esc}]8;;\u0007`;
  expect(piecesOf(`${esc}[31ma ${link("https://ci.example.test/7", "run 7")} b`)).toEqual([
    { text: "a ", class: "ansi-red" },
    { text: "run 7", class: "ansi-red", href: "https://ci.example.test/7" },
    { text: " b", class: "ansi-red" },
  ]);
  for (const href of [
    "javascript:alert(1)",
    "data:text/html,x",
    "https://",
    "//example.test",
    "file:///etc",
  ]) {
    expect(piecesOf(link(href, "x")), href).toEqual([{ text: "x", class: "" }]);
  }
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
