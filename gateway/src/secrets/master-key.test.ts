import { randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { readMasterKeys } from "./master-key.ts";

const [one, two] = [randomBytes(32), randomBytes(32)];

test("keys are read in base64, base64url and hex; the same bytes are the same key", async () => {
  const forms = [
    one.toString("base64"),
    one.toString("base64url"),
    one.toString("hex"),
    ` ${one.toString("base64")}\n`,
  ];
  const ids = await Promise.all(forms.map(async (form) => (await readMasterKeys(form)).map(({ id }) => id)));
  expect(new Set(ids.flat()).size).toBe(1);
  expect(ids[0]?.[0]).toMatch(/^mk_[0-9a-f]{16}$/);
});

test("of several keys the first one seals, however they are separated, and one that is written twice counts once", async () => {
  const text = `${two.toString("base64")},${one.toString("base64")}\n${two.toString("hex")}`;
  const keys = await readMasterKeys(text);
  expect(keys.map(({ bytes }) => Buffer.from(bytes).equals(two))).toEqual([true, false]);
});

test.each([
  ["nothing", " \n"],
  ["a short key", randomBytes(31).toString("base64")],
  ["a long key", randomBytes(33).toString("base64")],
  ["a password", "correct horse battery staple"],
  ["zeros", Buffer.alloc(32).toString("base64")],
  ["a pattern", "00ff".repeat(16)],
  ["a good and a bad key", `${one.toString("base64")},changeme`],
])("SC-01: %s is refused in words that show nothing of it", async (_name, text) => {
  const error: Error = await readMasterKeys(text).then(
    () => new Error("read"),
    (refused: Error) => refused,
  );
  expect(error).toMatchObject({ code: "validation_failed" });
  for (const part of text.split(/[\s,]+/).filter((word) => word.length > 3))
    expect(error.message).not.toContain(part);
});
