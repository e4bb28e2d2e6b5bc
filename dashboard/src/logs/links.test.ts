import { expect, test } from "vitest";
import { linksIn } from "./links.ts";

test.each([
  ["nothing", ["nothing"]],
  ["", [""]],
  ["see https://example.test/a?b=1#c.", ["see ", "<https://example.test/a?b=1#c>", "."]],
  ["(https://example.test/x)", ["(", "<https://example.test/x>", ")"]],
  ["https://example.test/x_(y)", ["<https://example.test/x_(y)>"]],
  [
    "http://192.0.2.1:8080/a, HTTPS://example.test",
    ["<http://192.0.2.1:8080/a>", ", ", "<HTTPS://example.test>"],
  ],
  [
    "javascript:alert(1) data:text/html,x ftp://example.test",
    ["javascript:alert(1) data:text/html,x ftp://example.test"],
  ],
  ['<a href="https://example.test/">', ['<a href="', "<https://example.test/>", '">']],
  ["https://", ["https://"]],
])("links in %j", (text, expected) => {
  expect(linksIn(text).map(({ text: part, href }) => (href === undefined ? part : `<${href}>`))).toEqual(
    expected,
  );
});
