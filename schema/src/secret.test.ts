import { expect, test } from "vitest";
import { readVaultReference, secretSettings, wantedSecrets } from "./secret.ts";

test.each([
  ["vault:a", { path: "a", field: "value" }],
  ["vault:teams/billing#password", { path: "teams/billing", field: "password" }],
  ["vault:", null],
  ["vault:/a", null],
  ["vault:a/", null],
  ["vault:../sys#x", null],
  ["vault:a/..#x", null],
  ["vault:a?list=true", null],
  ["vault:a#b#c", null],
  ["DB_URL", null],
])("%s as a reference", (text, expected) => {
  expect(readVaultReference(text)).toEqual(expected);
});

test("names, other names for variables and references are told apart", () => {
  expect(wantedSecrets(undefined)).toEqual({ stored: [], vault: [] });
  expect(wantedSecrets(["A", "B"]).stored).toEqual([
    ["A", "A"],
    ["B", "B"],
  ]);
  expect(wantedSecrets({ URL: "DB_URL", TOKEN: "vault:bi#token" })).toEqual({
    stored: [["URL", "DB_URL"]],
    vault: [["TOKEN", { path: "bi", field: "token" }]],
  });
});

test.each([[["with space"]], [["1A"]], [{ A: "vault:" }], [{ "A-B": "A" }], [{ A: "a b" }], ["A"]])(
  "%j names no secrets",
  (given) => {
    expect(secretSettings.safeParse(given).success).toBe(false);
  },
);
