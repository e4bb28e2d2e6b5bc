import { expect, test } from "vitest";
import { headersToCaller, headersToFunction, isActiveDocument, whyUnsendable } from "./forwarded-headers.ts";

const seen = { requestId: "req-1", dropAuthorization: false };

test("repeats and order reach the function, names in lower case", () => {
  const got = headersToFunction(
    [
      ["X-A", "1"],
      ["Accept", "*/*"],
      ["X-A", "2"],
    ],
    seen,
  );
  expect(got).toEqual([
    ["x-a", "1"],
    ["accept", "*/*"],
    ["x-a", "2"],
    ["x-request-id", "req-1"],
  ]);
});

test("hop-by-hop headers, those that Connection names, and control headers stay outside", () => {
  const got = headersToFunction(
    [
      ["Connection", "keep-alive, X-Hop"],
      ["X-Hop", "1"],
      ["Transfer-Encoding", "chunked"],
      ["Pulse-Timeout", "1s"],
      ["Pulse-Depth", "1"],
      ["Proxy-Authorization", "x"],
      ["X-Request-Id", "theirs"],
    ],
    seen,
  );
  expect(got).toEqual([["x-request-id", "req-1"]]);
});

test("a Pulse key and session cookies are never shown; other credentials are", () => {
  expect(headersToFunction([["Authorization", "Bearer pk_abc"]], seen)).toEqual([["x-request-id", "req-1"]]);
  expect(headersToFunction([["Authorization", "Basic dTpw"]], seen)[0]).toEqual([
    "authorization",
    "Basic dTpw",
  ]);
  expect(
    headersToFunction([["Authorization", "Bearer own"]], { ...seen, dropAuthorization: true }),
  ).toHaveLength(1);
  expect(
    headersToFunction([["Cookie", "a=1; pulse_session=x; __Host-pulse_session=y; b=2"]], seen)[0],
  ).toEqual(["cookie", "a=1; b=2"]);
  expect(headersToFunction([["Cookie", "pulse_session=x"]], seen)).toHaveLength(1);
});

test("a function cannot set a Pulse session, Pulse headers or connection headers", () => {
  const got = headersToCaller(
    [
      ["Set-Cookie", "__Host-pulse_session=evil; Path=/"],
      ["Set-Cookie", "mine=1"],
      ["Set-Cookie", "pulse_session=evil"],
      ["Pulse-Execution-Id", "fake"],
      ["Connection", "close"],
      ["Transfer-Encoding", "chunked"],
      ["Content-Length", "3"],
      ["Clear-Site-Data", '"*"'],
      ["X-Own", "1"],
    ],
    { keepLength: false, keepCors: true },
  );
  expect(got).toEqual([
    ["set-cookie", "mine=1"],
    ["x-own", "1"],
  ]);
});

test.each([
  ["text/html; charset=utf-8", true],
  ["application/xhtml+xml", true],
  ["image/svg+xml", true],
  ["text/xml", true],
  [null, true],
  ["application/json", false],
  ["text/plain", false],
])("%s is an active document: %s", (type, active) => {
  expect(isActiveDocument(type)).toBe(active);
});

test("the endpoint's CORS settings outrank the function's own headers", () => {
  const own: [string, string][] = [["Access-Control-Allow-Origin", "*"]];
  expect(headersToCaller(own, { keepLength: false, keepCors: false })).toEqual([]);
  expect(headersToCaller(own, { keepLength: false, keepCors: true })).toHaveLength(1);
});

test.each([
  [101, [], "the status 101"],
  [200, [["a b", "1"]], 'a header named "a b"'],
  [200, [["x", "a\r\nset-cookie: b"]], "a header x whose value"],
  [200, [["x", "日本"]], "a header x whose value"],
] as [number, [string, string][], string][])("%i with %j cannot be sent", (status, headers, why) => {
  expect(whyUnsendable(status, headers)).toContain(why);
});

test("tabs, Latin-1 and empty values can be sent", () => {
  expect(
    whyUnsendable(299, [
      ["x", "\té"],
      ["y", ""],
    ]),
  ).toBeNull();
});
