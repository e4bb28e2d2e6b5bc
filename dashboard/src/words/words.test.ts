import { readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { problemCodes } from "@pulse/schema/problem";
import { expect, test } from "vitest";
import { lazyPartsOf, reachedFrom } from "../../lazy-parts.ts";
import { catalogue as en } from "./en/catalogue.ts";
import { catalogue as es } from "./es/catalogue.ts";
import { problemTitles } from "./es/problem-titles.ts";
import { type Place, places } from "./places.ts";

const inPlaces: Partial<Record<Place, object>> = {};
for (const place of Object.keys(places) as Place[]) inPlaces[place] = await places[place].en();

const gaps = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map(([place]) => place).sort();

test("Spanish has every text that English has, and no other", () => {
  expect(Object.keys(es).sort()).toEqual(Object.keys(en).sort());
  expect(Object.entries(es).filter(([, text]) => text.trim() === "")).toEqual([]);
});

test("every text has the same places to fill in both languages", () => {
  const differing = Object.entries(en).filter(
    ([key, text]) => gaps(text).join() !== gaps(es[key as keyof typeof es]).join(),
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

const source = new URL("..", import.meta.url).pathname;
const placeOf = new Map(
  Object.entries(inPlaces).flatMap(([place, texts]) => Object.keys(texts).map((key) => [key, place])),
);

/** The places of the texts that a source file names. */
function shownIn(file: string): string[] {
  const named = readFileSync(file, "utf8").matchAll(/["'`](\w+\.[\w.]*)(\$\{)?/g);
  return [...named].flatMap(([, key = "", open]) =>
    [...placeOf].flatMap(([one, place]) =>
      one === key || one === `${key}.one` || (open !== undefined && one.startsWith(key)) ? [place] : [],
    ),
  );
}

/** What these files show of places whose texts are not brought. */
function lacking(files: Iterable<string>, brought: ReadonlySet<string>): string[] {
  const all = [...files].flatMap((file) =>
    shownIn(file).flatMap((place) => (brought.has(place) ? [] : [`${place} in ${relative(source, file)}`])),
  );
  return [...new Set(all)];
}

test("the frame shows its own texts alone, and what comes lazily brings those of every place that it shows", () => {
  expect(lacking(reachedFrom(join(source, "main.tsx"), true).files, new Set(["shell"]))).toEqual([]);
  for (const file of ["app.tsx", "session/shell.tsx"]) {
    for (const part of lazyPartsOf(join(source, file))) {
      const reached = reachedFrom(part.module);
      expect(
        lacking(reached.files, new Set(["shell", ...part.words, ...reached.words])),
        part.module,
      ).toEqual([]);
    }
  }
});
