import { expect, test } from "vitest";
import { manifest } from "./manifest.ts";
import { styleEntries, styleFaults } from "./style.ts";

test.each([
  [{}, []],
  [{ lambda: {} }, []],
  [{ lambda: { handler: "src/app.handler" }, runtime: "python" }, []],
  [{ lambda: {}, openwhisk: {} }, ["openwhisk"]],
  [{ lambda: {}, image: "app:1" }, ["lambda"]],
  [{ openwhisk: {}, runtime: "image", image: "app:1" }, ["openwhisk"]],
  [{ lambda: { handler: "a.b" }, entry: "c.ts" }, ["entry"]],
  [{ openwhisk: {}, entry: "c.ts" }, []],
])("what does not go together in %j: %j", (written, settings) => {
  expect(styleFaults(written).map(({ setting }) => setting)).toEqual(settings);
});

test.each([
  ["typescript", {}, null],
  ["typescript", { lambda: {} }, "index.js"],
  ["typescript", { lambda: { handler: "src/app.api.handler" } }, "src/app.js"],
  ["typescript", { lambda: { handler: "dist.v2/app.handler" } }, "dist.v2/app.js"],
  ["python", { lambda: {} }, "lambda_function.py"],
  ["python", { lambda: { handler: "app/main.lambda_handler" } }, "app/main.py"],
  ["python", { lambda: { handler: "app.main.lambda_handler" } }, "app.main.py"],
  ["python", { openwhisk: {} }, "__main__.py"],
  ["typescript", { openwhisk: {} }, "index.js"],
] as const)("the file of %s with %j is %s", (runtime, style, first) => {
  expect(styleEntries(runtime, style)?.[0] ?? null).toBe(first);
});

test.each(["", "app", ".handler", "a b.c", "app.", "app.handler()"])("%j is no handler", (handler) => {
  expect(manifest.safeParse({ name: "x", lambda: { handler } }).success).toBe(false);
});
