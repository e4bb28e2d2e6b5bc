import { expect, test } from "vitest";
import { codeOf, fromBase32, otpauthUri, stepMs, stepOfCode, toBase32 } from "./totp.ts";

const secret = new TextEncoder().encode("12345678901234567890");

test.each([
  [59, "94287082"],
  [1_111_111_109, "07081804"],
  [1_111_111_111, "14050471"],
  [1_234_567_890, "89005924"],
  [2_000_000_000, "69279037"],
  [20_000_000_000, "65353130"],
])("at %i s the code is that of RFC 6238, appendix B", async (seconds, code) => {
  expect(await codeOf(secret, Math.floor(seconds / 30), 8)).toBe(code);
});

test.each([
  ["755224", 0],
  ["287082", 1],
  ["359152", 2],
  ["520489", 9],
])("%s is the code of step %i of RFC 4226, appendix D", async (code, step) => {
  expect(await codeOf(secret, step)).toBe(code);
});

test.each([
  ["", ""],
  ["f", "MY"],
  ["fo", "MZXQ"],
  ["foo", "MZXW6"],
  ["foob", "MZXW6YQ"],
  ["fooba", "MZXW6YTB"],
  ["foobar", "MZXW6YTBOI"],
])("%j is %s in base32 (RFC 4648), and back", (text, written) => {
  expect(toBase32(new TextEncoder().encode(text))).toBe(written);
  expect(new TextDecoder().decode(fromBase32(written))).toBe(text);
});

test("a code counts one step early and late, never further, and never at or before a step that was used", async () => {
  const at = 1000;
  const nowMs = at * stepMs + 7;
  for (const [step, used, wanted] of [
    [at, null, at],
    [at - 1, null, at - 1],
    [at + 1, null, at + 1],
    [at - 2, null, null],
    [at + 2, null, null],
    [at, at, null],
    [at - 1, at - 1, null],
    [at + 1, at, at + 1],
  ] as const) {
    expect([step, used, await stepOfCode(secret, await codeOf(secret, step), nowMs, used)]).toEqual([
      step,
      used,
      wanted,
    ]);
  }
  expect(await stepOfCode(secret, "", nowMs, null)).toBe(null);
});

test("an app reads who it is for", () => {
  expect(otpauthUri("MZXW6", "ana@example.test", "pulse.example.test")).toBe(
    "otpauth://totp/Pulse%20pulse.example.test:ana%40example.test?secret=MZXW6&issuer=Pulse%20pulse.example.test&algorithm=SHA1&digits=6&period=30",
  );
});
