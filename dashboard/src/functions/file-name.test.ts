import { expect, test } from "vitest";
import { fileNameFault, firstFile } from "./file-name.ts";

test.each(["a.py", "lib/deep/a.ts", ".env.example", "a..b", "año.txt"])("%s is a name for a file", (name) => {
  expect(fileNameFault(name, ["main.py"])).toBeNull();
});

test.each([
  ["", "code.file_empty"],
  ["main.py", "code.file_exists"],
  ["pulse.jsonc", "code.file_settings"],
  ["/etc/passwd", "code.file_bad"],
  ["a/../b", "code.file_bad"],
  ["..", "code.file_bad"],
  ["a//b", "code.file_bad"],
  ["a/", "code.file_bad"],
  ["a\\b", "code.file_bad"],
  ["a\nb", "code.file_bad"],
])("%j is not: %s", (name, fault) => {
  expect(fileNameFault(name, ["main.py"])).toBe(fault);
});

test("the entry is opened first, else the usual one, else any", () => {
  expect(firstFile(["a.py", "main.py"], "a.py")).toBe("a.py");
  expect(firstFile(["a.py", "main.py"], undefined)).toBe("main.py");
  expect(firstFile(["x.txt"], undefined)).toBe("x.txt");
  expect(firstFile([], undefined)).toBe("pulse.jsonc");
});
