import { deploySettings } from "@pulse/schema/wire/manifest";
import { expect, test } from "vitest";
import { sizeText, writableSettings } from "./size-text.ts";

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
