import { expect, test } from "vitest";
import { madePassword } from "./password-maker.ts";

test("a made password is four groups of letters and digits that are not taken for one another, never the same", () => {
  const made = Array.from({ length: 50 }, madePassword);
  for (const one of made) expect(one).toMatch(/^[a-km-np-z2-9]{5}(-[a-km-np-z2-9]{5}){3}$/);
  expect(new Set(made).size).toBe(50);
});
