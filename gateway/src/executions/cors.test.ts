import { endpointSettings } from "@pulse/schema/wire/manifest";
import { expect, test } from "vitest";
import { corsHeaders, preflightHeaders } from "./cors.ts";

const closed = endpointSettings.parse({});
const open = endpointSettings.parse({ cors: { origins: ["*"] } });
const named = endpointSettings.parse({
  methods: ["POST"],
  cors: { origins: ["https://a.test"], credentials: true, headers: ["x-own"], maxAge: "1m" },
});

test("closed unless the endpoint opens it", () => {
  expect(corsHeaders(closed, "https://a.test")).toEqual([]);
  expect(
    preflightHeaders(closed, { method: "OPTIONS", origin: "https://a.test", asksMethod: "POST" }),
  ).toBeNull();
});

test("open to everyone without credentials", () => {
  expect(Object.fromEntries(corsHeaders(open, "https://x.test"))).toMatchObject({
    "access-control-allow-origin": "*",
  });
});

test("everyone with credentials opens nothing", () => {
  const both = endpointSettings.parse({ cors: { origins: ["*"], credentials: true } });
  expect(corsHeaders(both, "https://x.test")).toEqual([["vary", "Origin"]]);
});

test("open to the named origin only, and caches are told so", () => {
  expect(Object.fromEntries(corsHeaders(named, "https://a.test"))).toMatchObject({
    "access-control-allow-origin": "https://a.test",
    "access-control-allow-credentials": "true",
    vary: "Origin",
  });
  expect(corsHeaders(named, "https://b.test")).toEqual([["vary", "Origin"]]);
});

test("a preflight is answered from the settings", () => {
  const answer = preflightHeaders(named, { method: "OPTIONS", origin: "https://a.test", asksMethod: "POST" });
  expect(Object.fromEntries(answer ?? [])).toMatchObject({
    "access-control-allow-methods": "POST",
    "access-control-allow-headers": expect.stringContaining("x-own"),
    "access-control-max-age": "60",
  });
});

test("an OPTIONS request that asks nothing goes to the function", () => {
  expect(
    preflightHeaders(named, { method: "OPTIONS", origin: "https://a.test", asksMethod: null }),
  ).toBeNull();
});
