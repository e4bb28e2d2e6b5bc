import { expect, test } from "vitest";
import { KnownOrigin } from "./known-origin.ts";

function storage() {
  const values = new Map<string, unknown>();
  let writes = 0;
  return {
    get: async (key: string) => values.get(key),
    put: async (key: string, value: unknown) => {
      writes += 1;
      values.set(key, value);
    },
    writes: () => writes,
  };
}

test("the last origin that was told is the address, also after an eviction", async () => {
  const kept = storage();
  const origin = new KnownOrigin(null, kept);
  expect(origin.url).toBe("http://localhost");
  await origin.hear("https://pulse.example.test");
  await origin.hear("https://pulse.example.test");
  await origin.hear(null);
  await origin.hear("javascript:alert(1)");
  await origin.hear("https://pulse.example.test/path");
  expect([origin.url, kept.writes()]).toEqual(["https://pulse.example.test", 1]);
  const next = new KnownOrigin(null, kept);
  await next.restore();
  expect(next.url).toBe("https://pulse.example.test");
  await next.hear("https://other.example.test");
  expect(next.url).toBe("https://other.example.test");
});

test("the one that is configured stays, whatever is told", async () => {
  const kept = storage();
  const origin = new KnownOrigin("https://own.example.test", kept);
  await origin.hear("https://other.example.test");
  await origin.restore();
  expect([origin.url, kept.writes()]).toEqual(["https://own.example.test", 0]);
});
