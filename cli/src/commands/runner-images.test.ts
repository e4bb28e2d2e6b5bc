import { expect, test } from "vitest";
import { ageOf } from "./runner-images.ts";

test.each([
  [0, "0 s"],
  [119, "119 s"],
  [120, "2 min"],
  [7199, "119 min"],
  [7200, "2 h"],
  [172_799, "47 h"],
  [172_800, "2 d"],
  [-5, "0 s"],
])("an image of %i seconds ago is %s old", (seconds, age) => {
  expect(ageOf(0, seconds * 1000)).toBe(age);
});
