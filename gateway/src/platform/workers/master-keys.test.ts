import { randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { keysOf } from "./master-keys.ts";

test("the binding's keys are read, the first one first", async () => {
  const [one, two] = [randomBytes(32), randomBytes(32)];
  const masterKey = `${one.toString("base64")},${two.toString("base64")}`;
  const keys = await keysOf({ masterKey }).known();
  expect(keys.map(({ bytes }) => Buffer.from(bytes).equals(one))).toEqual([true, false]);
});

test("SC-01: a binding that holds no key makes a Worker that is not set up, in words without it", async () => {
  const reading = keysOf({ masterKey: "changeme" }).known();
  await expect(reading).rejects.toMatchObject({
    code: "unavailable",
    message: expect.stringMatching(/not set up: PULSE_MASTER_KEY has 6 bytes, and must have 32/),
  });
  await expect(reading).rejects.not.toThrow("changeme");
});
