import { expect, test } from "vitest";
import { variablesOf } from "./command-job.ts";

test("a secret alone is one by reference, and one within a text is put together on the runner", () => {
  const env = {
    PLAIN: "x",
    KEY: { $parts: [{ $secret: "stored" }] },
    AUTH: { $parts: ["Bearer ", { $secret: "stored" }] },
    PAIR: { $parts: [{ $secret: "user" }, ":", { $secret: "vault:a/b#pass" }] },
    SECRET_PART_1: "taken",
  };
  expect(variablesOf({ env, secrets: { API: "api" } })).toEqual({
    env: { PLAIN: "x", SECRET_PART_1: "taken" },
    secrets: {
      ...{ API: "api", KEY: "stored", SECRET_PART_2: "stored" },
      ...{ SECRET_PART_3: "user", SECRET_PART_4: "vault:a/b#pass" },
    },
    composed: {
      AUTH: ["Bearer ", { secret: "SECRET_PART_2" }],
      PAIR: [{ secret: "SECRET_PART_3" }, ":", { secret: "SECRET_PART_4" }],
    },
  });
});

test("without any, there is nothing to put together", () => {
  expect(variablesOf({ env: { A: "a" }, secrets: {} })).toEqual({ env: { A: "a" }, secrets: {} });
});
