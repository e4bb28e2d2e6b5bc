import { expect, test } from "vitest";
import { givenVariables } from "./given-variables.ts";

const composed = { AUTH: ["Bearer ", { secret: "SECRET_PART_1" }, "!"] };

test("texts, secrets, and what is made of both; what was only a part is no variable", () => {
  const secrets = { SECRET_PART_1: "hunter2", KEY: "k" };
  const given = givenVariables({ env: { A: "a" }, composed }, secrets);
  expect(given).toEqual({ A: "a", KEY: "k", AUTH: "Bearer hunter2!" });
});

test("without the secret that it is made of there is no variable, and no command", () => {
  expect(() => givenVariables({ composed }, {})).toThrow("the variable AUTH needs a secret");
  const inherited = { AUTH: [{ secret: "toString" }] };
  expect(() => givenVariables({ composed: inherited }, {})).toThrow("needs a secret");
});
