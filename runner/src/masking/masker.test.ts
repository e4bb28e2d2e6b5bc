import { randomBytes } from "node:crypto";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formsOf } from "./forms.ts";
import { Masker } from "./masker.ts";

const secret = 'pä55/w0rd "quoted"+x?&=';
const masker = new Masker([secret]);
const base64 = (text: string) => Buffer.from(text).toString("base64");

describe("MK-01: hidden is a secret", () => {
  test.each([
    ["as it is", `login with ${secret} now`],
    ["at the very start and end", secret],
    ["twice in a row", secret + secret],
    ["in base64", base64(secret)],
    ["in base64, one byte in", base64(`u${secret}:z`)],
    ["in base64, two bytes in", base64(`us${secret}`)],
    ["in base64 for addresses", Buffer.from(`usr${secret}>>>`).toString("base64url")],
    ["in hex", Buffer.from(secret).toString("hex")],
    ["in capital hex", Buffer.from(secret).toString("hex").toUpperCase()],
    ["in an address", `https://example.test/?p=${encodeURIComponent(secret)}`],
    [
      "in an address, in small letters",
      encodeURIComponent(secret).replace(/%../g, (one) => one.toLowerCase()),
    ],
    ["in a form", new URLSearchParams({ p: secret }).toString()],
    ["in JSON", JSON.stringify({ p: secret })],
    ["in JSON within JSON", JSON.stringify({ p: JSON.stringify({ q: secret }) })],
    ["in Python's JSON", JSON.stringify(secret).replace("ä", "\\u00e4")],
  ])("%s", (_how, text) => {
    const shown = masker.text(text);
    expect(shown).toContain("***");
    for (const form of formsOf(secret)) expect(shown).not.toContain(form);
    expect(shown).not.toContain("5/w0rd");
  });

  test("with what stands around it left as it was", () => {
    expect(masker.text(`a ${secret} b`)).toBe("a *** b");
    expect(masker.text("nothing to see")).toBe("nothing to see");
  });

  test("line by line when it has several, but for those under four characters", () => {
    const key = "-----BEGIN KEY-----\nQUJDREVG\r\n  aW5kZW50\nab\n-----END KEY-----";
    const lines = new Masker([key]);
    expect(key.split(/\r?\n/).map((line) => lines.text(`> ${line}`))).toEqual([
      "> ***",
      "> ***",
      "> ***",
      "> ab",
      "> ***",
    ]);
    expect(lines.text(JSON.stringify({ key }))).toBe('{"key":"***"}');
  });

  test("split over two parts at every place", () => {
    const text = `before ${secret} between ${base64(secret)} after`;
    const whole = masker.text(text);
    for (let at = 0; at <= text.length; at++) {
      const stream = masker.stream();
      expect(stream.add(text.slice(0, at)) + stream.add(text.slice(at)) + stream.end()).toBe(whole);
    }
  });

  test("in parts of one character", () => {
    const text = `before ${secret} after`;
    const stream = masker.stream();
    expect([...text].map((one) => stream.add(one)).join("") + stream.end()).toBe("before *** after");
  });

  test("where it was cut off in its middle", () => {
    expect(masker.text(`it is ${secret.slice(0, 9)}…`)).toBe("it is ***…");
  });

  test("in fields: texts, keys, numbers, at any depth", () => {
    const pin = new Masker(["12345678", "s3cret"]);
    const given = { a: [{ s3cret: 1, n: 12345678, t: true, z: null }], b: "is s3cret" };
    expect(pin.value(given)).toEqual({ a: [{ "***": 1, n: "***", t: true, z: null }], b: "is ***" });
  });
});

test("MK-02: values under four characters are not masked", () => {
  const short = new Masker(["abc", "1", "true"]);
  expect(short.text("abc 1 true")).toBe("abc 1 ***");
});

test("MK-03: what code changes otherwise is not masked, as the guide says", () => {
  const spaced = [...secret].join(" ");
  const reversed = [...secret].reverse().join("");
  expect(masker.text(`${spaced} ${reversed}`)).toBe(`${spaced} ${reversed}`);
});

test("secrets within and across each other are hidden whole", () => {
  const nested = new Masker(["hunter2", "hunter2-prod", "prod-key"]);
  expect(nested.text("hunter2 hunter2-prod hunter2-prod-key")).toBe("*** *** ***");
});

test("of random secrets in random texts, cut anywhere, nothing is ever left", async () => {
  const word = fc.string({ unit: fc.constantFrom("a", "b", "é", "/"), minLength: 4, maxLength: 9 });
  await fc.assert(
    fc.property(
      fc.array(word, { minLength: 1, maxLength: 4 }),
      fc.array(fc.string({ unit: fc.constantFrom("a", "b", "é", "/", " ") })),
      (secrets, parts) => {
        const one = new Masker(secrets);
        const text = parts.join("");
        const stream = one.stream();
        const shown = parts.map((part) => stream.add(part)).join("") + stream.end();
        expect(shown).toBe(one.text(text));
        for (const value of secrets) expect(shown).not.toContain(value);
        // Whatever is shown stood there.
        const shownParts = shown.split("***");
        let at = 0;
        for (const part of shownParts) {
          at = text.indexOf(part, at);
          expect(at).toBeGreaterThanOrEqual(0);
          at += part.length;
        }
      },
    ),
    { numRuns: 300 },
  );
});

test("MK-05: 10 MB with 200 secrets take no longer than 50 MB/s would, and a text made against it is as quick", () => {
  const secrets = Array.from({ length: 200 }, () => randomBytes(24).toString("base64"));
  const many = new Masker(secrets);
  const line =
    "2026-11-21T15:52:01Z INFO request id=9f8e path=/api/v1/things status=200 took=12ms user=alice ";
  const busyMs = (one: Masker, text: string) => {
    const before = process.cpuUsage();
    one.text(text);
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1000;
  };
  const text = line.repeat(Math.ceil(10_000_000 / line.length));
  const ms = Math.min(busyMs(many, text), busyMs(many, text), busyMs(many, text));
  const against = new Masker(Array.from({ length: 200 }, (_, i) => `${"a".repeat(120 + i)}b`));
  const hardMs = Math.min(busyMs(against, "a".repeat(1_000_000)), busyMs(against, "a".repeat(1_000_000)));
  console.log(`masking: ${Math.round(10_000 / ms)} MB/s, made against it ${Math.round(1000 / hardMs)} MB/s`);
  expect(ms).toBeLessThan(200);
  expect(hardMs).toBeLessThan(200);
});
