import { expect, test } from "vitest";
import { versionText, versionWrong, withVersionText } from "./version-form.ts";

test.each([
  ["timeout", "90s", "90s"],
  ["cpus", "0.5", 0.5],
  ["env", "A=1\nB=two=2", { A: "1", B: "two=2" }],
  ["secrets", "TOKEN\nOTHER", ["TOKEN", "OTHER"]],
  ["secrets", "URL=DB_URL\nKEY=vault:teams/a#key", { URL: "DB_URL", KEY: "vault:teams/a#key" }],
  ["egress", "none", "none"],
  ["egress", "a.test:443, b.test:80", ["a.test:443", "b.test:80"]],
] as const)("%s %j is the setting %j and back", (field, text, value) => {
  const settings = withVersionText(field, text, { other: 1 });
  expect(settings).toEqual({ other: 1, [field]: value });
  expect(versionText(field, settings)).toBe(text);
  expect(versionWrong(field, settings)).toBeUndefined();
});

test("secrets under their own names may stand beside others", () => {
  expect(withVersionText("secrets", "TOKEN\nURL=DB_URL", {})).toEqual({
    secrets: { TOKEN: "TOKEN", URL: "DB_URL" },
  });
});

test("an empty field takes its setting out", () => {
  expect(withVersionText("timeout", " ", { timeout: "1s", cpus: 1 })).toEqual({ cpus: 1 });
});

test("the contract says what is wrong", () => {
  expect(versionWrong("memory", { memory: "lots" })).toMatch(/must be a size/);
  expect(versionWrong("cpus", withVersionText("cpus", "two", {}))).toBeDefined();
});
