import { expect, test } from "vitest";
import { type Reach, reachText, refusalOfPlace } from "./reach.ts";

const url = (text: string) => new URL(text);

test.each<[string, Reach, string, string | null]>([
  ["any", "any", "http://192.0.2.1:9/", null],
  ["none", "none", "https://a.example.test/", "no requests"],
  ["no place", [], "https://a.example.test/", "no requests to a.example.test:443"],
  ["its name", ["a.example.test:443"], "https://A.example.test/", null],
  ["its own port", ["a.example.test:443"], "http://a.example.test/", "no requests to a.example.test:80"],
  [
    "another port",
    ["a.example.test:443"],
    "https://a.example.test:8443/",
    "no requests to a.example.test:8443",
  ],
  ["every port", ["a.example.test:*"], "https://a.example.test:8443/", null],
  ["what ends alike", ["*.example.test:443"], "https://b.a.example.test/", null],
  [
    "what only ends alike in letters",
    ["*.example.test:443"],
    "https://anexample.test/",
    "no requests to anexample.test:443",
  ],
  [
    "a dot that is a dot",
    ["a.example.test:80"],
    "http://axexample.test/",
    "no requests to axexample.test:80",
  ],
  ["addresses", ["192.0.2.*:80"], "http://192.0.2.7/", null],
  ["an address however it is written", ["192.0.2.7:80"], "http://0xc0000207/", null],
  [
    "a name like an address",
    ["192.0.2.*:80"],
    "http://192.0.2.evil.test/",
    "no requests to 192.0.2.evil.test:80",
  ],
  ["an address of six", ["[2001:db8::1]:80"], "http://[2001:DB8:0::1]/", null],
])("places %s", (_, reach, text, refusal) => {
  expect(refusalOfPlace(reach, url(text))).toBe(refusal);
});

test.each([
  ["any", "any"],
  [" none ", "none"],
  ["a.example.test:443, 192.0.2.*:*", ["a.example.test:443", "192.0.2.*:*"]],
])("a variable says %s", (text, reach) => {
  expect(reachText.parse(text)).toEqual(reach);
});

test.each(["all", "a.example.test", "https://a.example.test:443", "a.example.test:443,", "a b:80", ""])(
  "it cannot say %j",
  (text) => {
    expect(reachText.safeParse(text).error?.issues.length).toBeGreaterThan(0);
  },
);
