import { expect, test } from "vitest";
import { refusalOf, requestIdOf } from "./front-door.ts";
import type { RawRequest } from "./raw-request.ts";

const origin = "http://localhost:8787";
const said = (request: Request, raw: RawRequest | null) => refusalOf(request, raw)?.code ?? "let in";
/** What the front door says to a target as Node hands it over, and to the URL that is made of it elsewhere. */
const onNode = (target: string, headers: string[] = []) => {
  const raw: RawRequest = { target, headers };
  // Absolute and other forms of a target are no path to put behind an origin.
  const url = target.startsWith("/") ? origin + target : origin;
  return said(new Request(url), raw);
};
const elsewhere = (target: string, headers: [string, string][] = []) =>
  said(new Request(origin + target, { headers }), null);

test.each([
  "/v1/a\\b",
  "/v1/a%5cb",
  "/v1/a%2Fb",
  "/v1/a%2fb",
  "/v1/./a",
  "/v1/../a",
  "/v1/%2e%2E/a",
  "/v1/.%2e",
  "/v1/..",
  "/v1/a%00",
  "/v1/a\u0000",
  "/v1/a\u0001",
  "/v1/a b",
  "/v1/a%",
  "/v1/a%2",
  "/v1/a#b",
  "/f/../v1/keys",
  "/f/a/../../v1/keys",
  "/f/%2e%2e/v1/keys",
  "/f/a\\..\\..\\v1\\keys",
  "/f/a\u0000",
  "http://evil.example.test/v1/keys",
  "*",
])("the target %j is refused before it is routed", (target) => {
  expect(onNode(target)).toBe("bad_request");
});

test.each([
  "/v1/keys",
  "/v1/keys?next=../..%2f%00\\",
  "/v1/...",
  "/v1/.well-known",
  "/v1/a%20b",
  "/v1/a%25zz",
  "/f/a/../b",
  "/f/a/%2e%2e/b%2Fc%5C",
  "/f/a//b",
  "/",
])("the target %j is let in", (target) => {
  expect(onNode(target)).toBe("let in");
});

test.each(["/v1/a%2fb", "/v1/a%5cb", "/v1/a%00", "/v1/a%zz"])(
  "where only the normalised URL is known, %s is refused all the same",
  (target) => {
    expect(elsewhere(target)).toBe("bad_request");
  },
);

test("under /f/ encoded slashes are the function's to read there too", () => {
  expect(elsewhere("/f/a/b%2Fc%5C")).toBe("let in");
});

test("headers may be many and long up to a limit", () => {
  const many = (count: number) =>
    Array.from({ length: count }, (_, i) => [`x-${i}`, "1"] as [string, string]);
  expect(onNode("/", many(200).flat())).toBe("let in");
  expect(onNode("/", many(201).flat())).toBe("headers_too_large");
  expect(elsewhere("/", many(201))).toBe("headers_too_large");
  expect(onNode("/", ["x-long", "a".repeat(32 * 1024 - 6)])).toBe("let in");
  expect(onNode("/", ["x-long", "a".repeat(32 * 1024)])).toBe("headers_too_large");
  expect(elsewhere("/", [["x-long", "a".repeat(32 * 1024)]])).toBe("headers_too_large");
});

test.each(["Host", "Authorization", "Origin"])("two headers %s are refused", (name) => {
  expect(onNode("/", [name, "a", name.toLowerCase(), "b"])).toBe("bad_request");
  expect(onNode("/", ["Accept", "a", "accept", "b"])).toBe("let in");
});

test("a sane request id is kept, any other is replaced", () => {
  const random = () => new Uint8Array(8).fill(171);
  const idOf = (id: string) => requestIdOf(new Request(origin, { headers: { "x-request-id": id } }), random);
  expect(idOf("req-7.a:b_c")).toBe("req-7.a:b_c");
  for (const id of ["", "a b", "<script>", "a".repeat(101)]) expect(idOf(id)).toBe("ab".repeat(8));
});
