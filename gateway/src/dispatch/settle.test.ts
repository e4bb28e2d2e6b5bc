import { scrypt } from "node:crypto";
import { readFile } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { settle } from "./settle.suite.ts";

test("what other threads do is waited for, however long they take", async () => {
  const done: string[] = [];
  scrypt("password", "salt", 64, { N: 2 ** 15, maxmem: 2 ** 26 }, () => done.push("scrypt"));
  readFile(fileURLToPath(import.meta.url), () => done.push("file"));
  const usages: KeyUsage[] = ["sign"];
  const key = crypto.subtle.generateKey(
    { name: "RSA-PSS", hash: "SHA-256", modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]) },
    false,
    [...usages, "verify"],
  );
  void key
    .then(({ privateKey }) =>
      crypto.subtle.sign({ name: "RSA-PSS", saltLength: 32 }, privateKey, new Uint8Array(3)),
    )
    .then(() => done.push("signature"));
  await settle();
  expect(done.sort()).toEqual(["file", "scrypt", "signature"]);
});

test("a call that was refused, and what is done at once, hold nothing up", async () => {
  await expect(crypto.subtle.digest("no such", new Uint8Array(1))).rejects.toThrow();
  crypto.getRandomValues(new Uint8Array(8));
  await settle();
});
