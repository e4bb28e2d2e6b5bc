import { expect, test } from "vitest";
import { manifestText, readManifest } from "./manifest-text.ts";

test("settings written as pulse.jsonc are read back the same", () => {
  const draft = { runtime: "python", entry: "app.py", settings: { timeout: "5s", env: { A: "1" } } } as const;
  const text = manifestText("hello", draft, "https://pulse.test");
  expect(JSON.parse(text).$schema).toBe("https://pulse.test/schemas/pulse.v1.json");
  expect(readManifest("hello", text)).toEqual(draft);
});

test("a setting that no version may have is kept, for the gateway to refuse", () => {
  expect(readManifest("a", '{"timeout": "3 weeks"}')).toEqual({
    runtime: "typescript",
    settings: { timeout: "3 weeks" },
  });
});

test.each([
  ['{\n  "timeout": \n}', "syntax", 3],
  ["{\n  // why\n}", "syntax", 2],
  ['{"a": 1', "syntax", 1],
  ["[]", "object", 1],
  ['{\n"name": "other"}', "name", 2],
  ['{\n\n"runtime": "ruby"}', "runtime", 3],
  ['{"entry": 1}', "entry", 1],
])("%j is a fault of kind %s in line %i", (text, fault, line) => {
  expect(readManifest("a", text)).toMatchObject({ fault, line });
});
