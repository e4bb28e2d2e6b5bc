import { expect, test } from "vitest";
import { Installed } from "./installed.ts";

test("what was installed for a build key is found again, in its own project only", () => {
  const installed = new Installed();
  installed.keep("default", "key", "digest");
  expect(installed.find("default", "key")).toBe("digest");
  expect(installed.find("other", "key")).toBeNull();
  expect(installed.find("default", "other")).toBeNull();
});

test("the oldest is forgotten first", () => {
  const installed = new Installed();
  for (let n = 0; n <= 500; n++) installed.keep("default", `key-${n}`, `digest-${n}`);
  expect(installed.find("default", "key-0")).toBeNull();
  expect(installed.find("default", "key-500")).toBe("digest-500");
});
