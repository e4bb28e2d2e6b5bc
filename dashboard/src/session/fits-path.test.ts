import { expect, test } from "vitest";
import { fitsPath } from "./fits-path.ts";

test.each([
  ["/", "/", true],
  ["/", "/functions", false],
  ["/executions", "/executions/", true],
  ["/executions/:id", "/executions/exe_1", true],
  ["/executions/:id", "/executions", false],
  ["/executions/:id", "/executions/exe_1/compare/exe_2", false],
  ["/executions/:id/compare/:other", "/executions/exe_1/compare/exe_2", true],
  ["/settings/:part?", "/settings", true],
  ["/settings/:part?", "/settings/keys", true],
  ["/settings/:part?", "/setup", false],
])("the route %s and the address %s: %s", (route, pathname, fits) => {
  expect(fitsPath(route, pathname)).toBe(fits);
});
