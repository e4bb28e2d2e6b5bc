import { livePatch, liveSettings } from "@pulse/schema/wire/manifest";
import { expect, test } from "vitest";
import { liveFields, livePatchOf, pairsOf, wrongOf } from "./live-form.ts";

// As the gateway shows them: sizes in bytes, keepAlive in words.
const shown = {
  ...liveSettings.parse({
    endpoint: {
      auth: "public",
      methods: ["GET", "POST"],
      rateLimit: 60,
      maxBody: "1MB",
      cors: { origins: ["https://a.test"], maxAge: "5m" },
      cancelOnDisconnect: true,
    },
    maxConcurrency: 4,
    labels: { zone: "eu" },
  }),
  keepAlive: "10m",
};

/** What the form sends of settings: all but what it has no field for, which a patch leaves as it is. */
function sent({ permissions: _, events: __, mcp: ___, ...settings }: Record<string, unknown>) {
  return { ...settings, keepAlive: 600_000 };
}

test("a form nobody touched changes nothing", () => {
  const patch = livePatch.parse(livePatchOf(liveFields(shown), shown));
  expect(patch).toEqual(sent(shown));
});

test("settings that are all default stay all default", () => {
  const plain = { ...liveSettings.parse({}), keepAlive: "10m" };
  expect(livePatch.parse(livePatchOf(liveFields(plain), plain))).toEqual(sent(plain));
});

test("an emptied field takes its setting away", () => {
  const fields = {
    ...liveFields(shown),
    methods: "",
    rateLimit: " ",
    maxBody: "",
    origins: "",
    cancelOnDisconnect: "",
    maxConcurrency: "",
    labels: "",
  };
  expect(livePatch.parse(livePatchOf(fields, shown))).toMatchObject({
    endpoint: { auth: "public", mode: "sync" },
    maxConcurrency: null,
    labels: {},
  });
  expect(Object.keys(livePatchOf(fields, shown).endpoint as object).sort()).toEqual(["auth", "mode"]);
});

test("what is no number reaches the API as it was typed, for it to say so", () => {
  expect(livePatchOf({ ...liveFields(shown), minWarm: "many" }, shown).minWarm).toBe("many");
});

test("the API's words are found for their field, in it and below it", () => {
  const errors = [
    { pointer: "/endpoint/methods/1", detail: "no such method" },
    { pointer: "/settings/endpoint/auth", detail: "not yet" },
  ];
  expect(wrongOf("/endpoint/methods", errors)).toBe("no such method");
  expect(wrongOf("/endpoint/auth", errors)).toBe("not yet");
  expect(wrongOf("/endpoint", [])).toBeUndefined();
});

test("pairs are split at the first equals sign", () => {
  expect(pairsOf("A=1=2\n\n b \n")).toEqual({ A: "1=2", b: "" });
});
