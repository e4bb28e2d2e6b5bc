import { problemCodes } from "@pulse/schema/problem";
import { expect, test } from "vitest";
import { catalogue as en } from "./en/catalogue.ts";
import { catalogue as es } from "./es/catalogue.ts";
import { problemTitles } from "./es/problem-titles.ts";

const places = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map(([place]) => place).sort();

test("Spanish has every text that English has, and no other", () => {
  expect(Object.keys(es).sort()).toEqual(Object.keys(en).sort());
  expect(Object.entries(es).filter(([, text]) => text.trim() === "")).toEqual([]);
});

test("every text has the same places to fill in both languages", () => {
  const differing = Object.entries(en).filter(
    ([key, text]) => places(text).join() !== places(es[key as keyof typeof es]).join(),
  );
  expect(differing).toEqual([]);
});

test("every problem code has a Spanish title", () => {
  expect(Object.keys(problemTitles).sort()).toEqual(Object.keys(problemCodes).sort());
});

test("counted texts have a form for one and for more", () => {
  const stems = Object.keys(en).filter((key) => /\.(one|other)$/.test(key));
  const missing = stems
    .map((key) => (key.endsWith(".one") ? key.replace(/one$/, "other") : key.replace(/other$/, "one")))
    .filter((key) => !stems.includes(key));
  expect(missing).toEqual([]);
});
