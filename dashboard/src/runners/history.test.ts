import { expect, test } from "vitest";
import { createHistory } from "./history.ts";

test("lines come back newest first, and what was being typed after them", () => {
  const history = createHistory();
  expect([history.older("x"), history.newer()]).toEqual([null, null]);
  for (const line of ["uptime", "df -h", "df -h"]) history.add(line);
  expect(history.older("free -")).toBe("df -h");
  expect(history.older("df -h")).toBe("uptime");
  expect(history.older("uptime")).toBeNull();
  expect([history.newer(), history.newer(), history.newer()]).toEqual(["df -h", "free -", null]);
});
