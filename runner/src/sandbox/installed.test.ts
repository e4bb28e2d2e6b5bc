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

test("work for the same key waits for the one before it, and others do not", async () => {
  const installed = new Installed();
  const never = new AbortController().signal;
  const order: string[] = [];
  const first = Promise.withResolvers<void>();
  const running = installed.alone("default", "key", () => first.promise, never);
  const second = installed.alone("default", "key", async () => order.push("second"), never);
  await installed.alone("default", "other", async () => order.push("other"), never);
  await installed.alone("elsewhere", "key", async () => order.push("elsewhere"), never);
  const stop = new AbortController();
  const third = installed.alone("default", "key", async () => order.push("third"), stop.signal);
  stop.abort(new Error("cancelled"));
  await expect(third).rejects.toThrow("cancelled");
  first.reject(new Error("the install failed"));
  await expect(running).rejects.toThrow("the install failed");
  await second;
  expect(order).toEqual(["other", "elsewhere", "second"]);
});
