import { deploySettings } from "@pulse/schema/wire/manifest";
import { expect, test } from "vitest";
import { inWordsOf, sizeText, withoutDefaults, writableSettings } from "./settings-text.ts";

test.each([
  [0, "0B"],
  [1023, "1023B"],
  [2 ** 10, "1KB"],
  [256 * 2 ** 20, "256MB"],
  [1.5 * 2 ** 30, "1536MB"],
  [2 ** 31, "2GB"],
])("%i bytes are %s", (bytes, text) => {
  expect(sizeText(bytes)).toBe(text);
});

test("the settings of a version as shown can be deployed again", () => {
  const shown = { timeout: "1m", memory: 2 ** 28, logs: { max: 2 ** 20 }, endpoint: { maxBody: 4096 } };
  expect(deploySettings.parse(writableSettings(shown))).toMatchObject({
    memory: 2 ** 28,
    logs: { max: 2 ** 20 },
    endpoint: { maxBody: 4096 },
  });
});

test("only what differs from the defaults is left, and what nobody understands", () => {
  const written = {
    timeout: "60s",
    memory: "256MB",
    cpus: 2,
    colour: "red",
    retry: { attempts: 3 },
    env: {},
  };
  expect(withoutDefaults(written)).toEqual({ cpus: 2, colour: "red" });
  expect(withoutDefaults(writableSettings({ memory: 2 ** 28, timeout: "2m" }))).toEqual({ timeout: "2m" });
});

test("settings that mean the same are told in the same words", () => {
  expect(inWordsOf({ timeout: "120s", cpus: 1 }, { timeout: "2m", cpus: 2 })).toEqual({
    timeout: "2m",
    cpus: 1,
  });
});
