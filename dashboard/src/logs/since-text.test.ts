import { expect, test } from "vitest";
import { sinceText } from "./since-text.ts";

test.each([
  [0, "+0:00.000"],
  [4512, "+0:04.512"],
  [754_020, "+12:34.020"],
  [3_723_004, "+1:02:03.004"],
  [-5, "+0:00.000"],
])("%i ms after the beginning are %s", (ms, text) => expect(sinceText(ms)).toBe(text));
