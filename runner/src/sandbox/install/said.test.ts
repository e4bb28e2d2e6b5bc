import { expect, test } from "vitest";
import { Said } from "./said.ts";

function said(lines: string[], secrets: string[] = []): string[] {
  const seen: string[] = [];
  const one = new Said((line) => seen.push(line), secrets);
  for (const line of lines) one.take(line);
  one.take(null);
  expect(one.last).toEqual(seen.slice(-60));
  return seen;
}

const esc = "\u001b";
const [field, login] = ["_authToken", "user:pass"];

test.each([
  ["colours and cursor movements", [`${esc}[31mred${esc}[0m${esc}[2K${esc}[1G now`], ["red now"]],
  ["a progress line that is written over", ["10 %\r50 %\rdone\r"], ["done"]],
  ["empty lines and control characters", ["", "  ", "a\u0000b\u0007"], ["ab"]],
  ["a secret as it is", ["token abcdef-123 sent"], ["token *** sent"]],
  ["a secret that colours split", [`abc${esc}[31mdef-${esc}[0m123`], ["***"]],
  ["a secret in base64", [`basic ${Buffer.from("abcdef-123").toString("base64")}`], ["basic ***"]],
  ["a secret in an address", ["GET https://x.test/?q=a%2Fb%20secret"], ["GET https://x.test/?q=***"]],
  ["a password in an address", [`https://${login}@x.test/simple`], ["https://***@x.test/simple"]],
  ["npm's own names of credentials", [`//x.test/:${field}=zzz`], [`//x.test/:${field}=***`]],
  ["a header", ["Authorization: Bearer zzz.yyy end"], ["Authorization: Bearer *** end"]],
])("%s: only what may be read is left", (_name, lines, expected) => {
  expect(said(lines, ["abcdef-123", "a/b secret"])).toEqual(expected);
});

test("of two secrets the longer one is hidden whole", () => {
  expect(said(["abcdef-123-more"], ["abcdef", "abcdef-123-more"])).toEqual(["***"]);
});

test("a word too short for a secret hides nothing", () => {
  expect(said(["npm is up"], ["up"])).toEqual(["npm is up"]);
});

test("an endless line is cut", () => {
  expect(said(["x".repeat(10_000)])[0]).toHaveLength(4001);
});
