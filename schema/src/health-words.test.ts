import { expect, test } from "vitest";
import { healthCodes, healthFindings, healthText, healthWords } from "./health-words.ts";

const places = (text: string | null) => [...(text ?? "").matchAll(/\{(\w+)\}/g)].map(([one]) => one).sort();

test("every finding has its words in both languages, with the same places to fill in", () => {
  for (const code of healthCodes) {
    const [english, spanish] = [healthWords.en[code], healthWords.es[code]];
    expect([code, ...english.map(places)]).toEqual([code, ...spanish.map(places)]);
  }
});

test("advice is given for what is not as it should be, and for nothing else", () => {
  for (const code of healthCodes)
    for (const words of Object.values(healthWords))
      expect([code, words[code][1] !== null]).toEqual([code, healthFindings[code][1] !== "ok"]);
});

test("places are filled from the values, also those that come twice", () => {
  const finding = { code: "runners_some_away", values: { online: 1, all: 2, names: "pi" } } as const;
  expect(healthText(finding, "en").detail).toBe("1 of 2 runners are online; not pi");
});
