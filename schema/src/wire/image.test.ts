import { expect, test } from "vitest";
import { imageFaults, mayMove, runtimeMeant } from "./image.ts";
import { manifest } from "./manifest.ts";

const image = "registry.example.test/app:1";

test.each([
  [{}, "typescript"],
  [{ runtime: "python" }, "python"],
  [{ image }, "image"],
  [{ runtime: "image", image }, "image"],
])("%j means the runtime %s", (written, meant) => {
  expect(runtimeMeant(written)).toBe(meant);
  expect(imageFaults(written)).toEqual([]);
});

test.each([
  [{ runtime: "python", image }, "image", "leave out runtime python"],
  [{ runtime: "image" }, "image", "needs the name of an image"],
  [{ protocol: "http" as const }, "protocol", "protocol is for functions with an image"],
  [{ command: ["x"] }, "command", "command is for functions with an image"],
  [{ image, entry: "main.py" }, "entry", "an image has no entry"],
  [{ image, protocol: "exec" as const, concurrency: 2 }, "concurrency", "concurrency must be 1"],
  [{ image, contentType: "text/plain" }, "contentType", "contentType is for protocol exec"],
])("%j does not go together: %s", (written, setting, words) => {
  expect(imageFaults(written)).toEqual([{ setting, detail: expect.stringContaining(words) }]);
});

test.each([
  "alpine",
  "alpine:3",
  "team/app",
  image,
  "registry.example.test:5000/a/b_c/d-e:v1.2",
  `registry.example.test/app@sha256:${"0".repeat(64)}`,
])("%s is the name of an image", (name) => {
  expect(manifest.safeParse({ name: "x", image: name })).toMatchObject({
    success: true,
    data: { runtime: "image" },
  });
});

test.each([
  "",
  "App",
  "a b",
  "https://registry.example.test/app",
  "app:",
  "app@sha256:0",
  "-app",
  "a//b",
  "$(id)",
])("%j is none", (name) => {
  expect(manifest.safeParse({ name: "x", image: name }).success).toBe(false);
});

test("a manifest says where its fault is", () => {
  const { error } = manifest.safeParse({ name: "x", runtime: "python", image });
  expect(error?.issues).toMatchObject([{ path: ["image"] }]);
});

test("a digest cannot move, a tag can", () => {
  expect([mayMove(image), mayMove(`app@sha256:${"0".repeat(64)}`)]).toEqual([true, false]);
});
