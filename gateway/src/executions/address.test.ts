import { expect, test } from "vitest";
import { readAddress, targetOf } from "./address.ts";

const cases: [target: string, project: string, name: string, reference: string, path: string][] = [
  ["/f/hello", "default", "hello", "hello", "/"],
  ["/f/hello/", "default", "hello", "hello", "/"],
  ["/f/hello?x=1", "default", "hello", "hello", "/?x=1"],
  ["/f/hello@3/a/b?x=%2f&y", "default", "hello", "hello@3", "/a/b?x=%2f&y"],
  ["/f/hello@live/a%2fb%00//c", "default", "hello", "hello@live", "/a%2fb%00//c"],
  ["/f/team~hello@live", "team", "hello", "hello@live", "/"],
  ["/f/hello%40live/x", "default", "hello", "hello@live", "/x"],
  ["/f/hello/../secret", "default", "hello", "hello", "/../secret"],
];

test.each(cases)("%s is read byte for byte", (target, project, name, reference, path) => {
  expect(readAddress(target)).toEqual({ project, name, reference, path });
});

test.each([
  "/f/",
  "/f/?x",
  "/f/Hello",
  "/f/a%2fb",
  "/f/%zz",
  "/f/é",
  `/f/${"a".repeat(64)}`,
  "/f/a@b@c",
  "/f/~a",
  "/v1/functions",
])("%s names no function", (target) => {
  expect(readAddress(target)).toBeNull();
});

test("the raw target wins where the platform has it, for the URL was normalised", () => {
  expect(targetOf("http://h:1/f/a/c?q", "/f/a/b/../c?q")).toBe("/f/a/b/../c?q");
  expect(targetOf("http://h:1/f/a%2f?q", undefined)).toBe("/f/a%2f?q");
  expect(targetOf("http://h:1/f/a", "http://h:1/f/a")).toBe("/f/a");
});
