import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { en } from "../messages/en.ts";
import { es } from "../messages/es.ts";
import { allAdvice, ownFindings } from "./findings.ts";

const folder = new URL(".", import.meta.url);
const sources = readdirSync(folder).filter(
  (name) => name.endsWith(".ts") && !name.endsWith(".test.ts") && name !== "findings.ts",
);
const code = sources.map((name) => readFileSync(new URL(name, folder), "utf8")).join("\n");

test("every advice that the checks may give is among the findings, and no other", () => {
  const given = new Set([...code.matchAll(/\bm\.((?:fix|try)\w+)/g)].map(([, name = ""]) => name));
  const listed = new Set(Object.values(ownFindings).flatMap((all) => all.map(([, fix]) => fix)));
  expect([...listed].sort()).toEqual([...given].sort());
});

test("every text of a finding is one that the checks use", () => {
  for (const [found] of Object.values(ownFindings).flat()) {
    if (found !== null) expect(code).toMatch(new RegExp(`\\bm\\.${found}\\b`));
  }
});

describe.each([
  ["en", en],
  ["es", es],
] as const)("in %s", (language, messages) => {
  const rows = allAdvice(messages, language);

  test("what the gateway finds is told beside what this command finds", () => {
    expect(rows.length).toBeGreaterThan(35);
    expect(rows.map(({ check }) => check)).toContain(messages.check_backup);
    expect(rows.map(({ fix }) => fix)).toContain(messages.fixClock);
  });

  test("no place is left to be filled", () => {
    for (const { found, fix } of rows) expect(`${found} ${fix}`).not.toMatch(/\{\w+\}/);
  });
});
