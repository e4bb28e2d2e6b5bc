import { addressRanges, callerAddress, readRange as readAddressRange } from "@pulse/schema/address";
import { parseDuration } from "@pulse/schema/duration-text";
import { callbackHosts } from "@pulse/schema/host-lists";
import { ProblemError } from "@pulse/schema/problem";
import { groupRoles } from "@pulse/schema/roles";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { cookieOf } from "../../gateway/src/auth/cookies.ts";
import { returnPath } from "../../gateway/src/auth/oidc/return-path.ts";
import { usernameOf } from "../../gateway/src/auth/sign-in-as.ts";
import { identityIn } from "../../gateway/src/auth/trusted-header/identity.ts";
import { readAddress } from "../../gateway/src/executions/address.ts";
import { readRange } from "../../gateway/src/executions/byte-range.ts";
import { readCallOptions } from "../../gateway/src/executions/call-options.ts";
import { headersToFunction, isActiveDocument } from "../../gateway/src/executions/forwarded-headers.ts";
import { checkPath } from "../../gateway/src/functions/tar.ts";
import { fromBase64Url } from "../../gateway/src/http/encoding.ts";
import { parseStrictJson } from "../../gateway/src/http/strict-json.ts";
import { checkUrl } from "../../gateway/src/outbound/check-url.ts";

const here = "https://pulse.example.test";
const printable = (text: string) => text.replace(/[^\t\x20-\x7e\x80-\xff]/g, "");
const headersOf = (name: string, text: string) => new Headers({ [name]: printable(text) });
const requestOf = (name: string, text: string) => new Request(here, { headers: headersOf(name, text) });

/** Everything that reads text of callers: what it makes of it, or the problem that it throws. */
const parsers: [name: string, hints: readonly string[], parse: (text: string) => unknown][] = [
  [
    "JSON bodies",
    ['{"a":', "[", "]", "}", '"', "\\u", "1e", "-", "__proto__"],
    (text) => parseStrictJson(text),
  ],
  ["ranges of bytes", ["bytes=", "-", ",", "0", "99999999999999999999"], (text) => readRange(text, 1000)],
  [
    "Prefer",
    ["wait=", "respond-async", ",", ";", '"', "="],
    (text) => readCallOptions((name) => (name === "prefer" ? text : null), "sync"),
  ],
  [
    "Idempotency-Key",
    ['"', "k", " "],
    (text) => readCallOptions((name) => (name === "idempotency-key" ? text : null), "sync"),
  ],
  [
    "Pulse-Timeout",
    ["1", "s", "ms", "h", "."],
    (text) => readCallOptions((name) => (name === "pulse-timeout" ? text : null), "sync"),
  ],
  ["addresses of functions", ["/f/", "~", "@", "%", "..", "/"], (text) => readAddress(`/f/${text}`)],
  ["durations", ["1", "d", "h", "m", "s", "ms"], (text) => parseDuration(text)],
  ["addresses of machines", ["::", ".", "255", "ffff", "%", "/", "[", "]"], (text) => readAddressRange(text)],
  [
    "X-Forwarded-For",
    ["192.0.2.1", ",", ":", "[", "::1"],
    (text) => callerAddress("127.0.0.1", text, [{ bytes: [127, 0, 0, 0], bits: 8 }]),
  ],
  ["settings of proxies", ["10.0.0.0", "/", ",", "8"], (text) => addressRanges.safeParse(text)],
  ["settings of groups", ["=", "@", ",", "admin", "*"], (text) => groupRoles.safeParse(text)],
  [
    "URLs that users give",
    ["http://", "https://", "127.1", "[::", "]", "@", "#", "\\\\", ":", "0x", ".", "localhost", "%25"],
    (text) => checkUrl(text, { allowed: [], ports: [] }),
  ],
  ["settings of callbacks", ["*.", ".", ":", ",", "example.test"], (text) => callbackHosts.safeParse(text)],
  [
    "cookies",
    ["pulse_session", "=", ";", " "],
    (text) => cookieOf(requestOf("cookie", text), "pulse_session"),
  ],
  ["names of a proxy", ["a", ",", ";", " "], (text) => identityIn(headersOf("remote-user", text))],
  ["usernames", ["a", ".", "@", "-"], (text) => usernameOf(text)],
  [
    "headers of callers",
    ["connection", ",", "close", "cookie"],
    (text) =>
      headersToFunction(
        [
          ["connection", text],
          ["cookie", text],
          [text, text],
        ],
        { requestId: "x", dropAuthorization: true },
      ),
  ],
  ["content types", ["text/html", ";", "+xml", "/"], (text) => isActiveDocument(text)],
  ["paths of bundles", ["../", "/", "\\", ".", "C:"], (text) => checkPath(text)],
  ["base64", ["-", "_", "=", "A"], (text) => fromBase64Url(text)],
  ["ways back", ["/", "\\", "//", "https:", "evil.example.test", "\t"], (text) => returnPath(text, here)],
];

/** What a parser may throw besides a problem: of base64 its callers catch it. */
const isExpected = (error: unknown) => error instanceof ProblemError || error instanceof SyntaxError;

/** Milliseconds of a processor that a text takes, whether it is one or a problem: what else the machine does is not counted. */
function timeOf(parse: (text: string) => unknown, text: string): number {
  const begun = process.threadCpuUsage();
  try {
    parse(text);
  } catch (error) {
    if (!isExpected(error)) throw error;
  }
  const { user, system } = process.threadCpuUsage(begun);
  return (user + system) / 1000;
}

describe("everything that reads text of callers", () => {
  test.each(parsers)("%s: 100,000 texts lead to a value or to a problem", (_, hints, parse) => {
    const piece = fc.oneof(
      fc.constantFrom(...hints),
      fc.string({ unit: "binary", maxLength: 4 }),
      fc.string({ maxLength: 8 }),
    );
    const texts = fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join(""));
    fc.assert(
      fc.property(texts, (text) => {
        try {
          parse(text);
        } catch (error) {
          if (!isExpected(error)) throw error;
        }
      }),
      { numRuns: 100_000 },
    );
  });

  test.each(parsers)("RD-02 %s: a text of 100,000 characters is read in a moment", (_, hints, parse) => {
    for (const hint of [...hints, " ", "a", "0"]) {
      for (const text of [hint.repeat(Math.ceil(100_000 / hint.length)), `${hint.repeat(50_000)}\u0001`]) {
        // Of three: a pattern that backtracks takes minutes.
        const times = [1, 2, 3].map(() => timeOf(parse, text));
        expect(Math.min(...times), JSON.stringify(hint)).toBeLessThan(50);
      }
    }
  });

  test("OI-09 no way back of 100,000 leads to another origin", () => {
    const piece = fc.constantFrom(
      "/",
      "\\",
      "//",
      "https:",
      "evil.example.test",
      "\t",
      "@",
      "%09",
      "%2f",
      ".",
      "a",
      ":",
      "?",
      "#",
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
        const path = returnPath(pieces.join(""), here);
        expect(new URL(path, here).origin).toBe(here);
        expect(path).toMatch(/^\/(?![/\\])/);
      }),
      { numRuns: 100_000 },
    );
  });
});
