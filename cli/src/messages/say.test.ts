import { expect, test } from "vitest";
import { en } from "./en.ts";
import { es } from "./es.ts";
import { fill, messagesFor } from "./say.ts";

test("both languages have the same keys, and the same places in each text", () => {
  expect(Object.keys(es).sort()).toEqual(Object.keys(en).sort());
  const places = (text: string) => new Set(text.match(/\{\w+\}/g) ?? []);
  for (const [key, text] of Object.entries(en))
    expect(places(es[key as keyof typeof en])).toEqual(places(text));
});

test("the language follows PULSE_LANG, then the locale", () => {
  expect(messagesFor({ LANG: "es_ES.UTF-8" })).toBe(es);
  expect(messagesFor({ LANG: "es_ES.UTF-8", PULSE_LANG: "en" })).toBe(en);
  expect(messagesFor({})).toBe(en);
  expect(fill("{a} and {b}", { a: 1 })).toBe("1 and {b}");
});
