import { expect, test } from "vitest";
import { refuseNewWork } from "./new-work.ts";

const asked = (method: string, path: string, state: "ok" | "low" | "spent" = "low") =>
  refuseNewWork(new Request(`http://localhost:8787${path}`, { method }), state);

test.each([
  ["GET", "/f/hello"],
  ["POST", "/f/hello/sub?x=1"],
  ["POST", "/hooks/hook_a"],
  ["POST", "/v1/functions/hello/versions"],
  ["PUT", "/v1/functions/hello/draft"],
  ["POST", "/v1/executions/exe_a/replay"],
  ["PUT", `/runner/v1/bundles/${"0".repeat(64)}`],
  ["POST", "/runner/v1/executions/exe_a/invoke"],
])("%s %s brings new work or content and is refused while the disk is low", async (method, path) => {
  const refusal = asked(method, path);
  expect([refusal?.status, refusal?.headers.get("retry-after")]).toEqual([507, "30"]);
  expect(await refusal?.json()).toMatchObject({
    code: "storage_full",
    hint: expect.stringContaining("retention"),
  });
  expect(asked(method, path, "spent")?.status).toBe(507);
  expect(asked(method, path, "ok")).toBeNull();
});

test.each([
  ["GET", "/v1/executions"],
  ["DELETE", "/v1/functions/hello"],
  ["POST", "/v1/executions/exe_a/cancel"],
  ["PATCH", "/v1/retention"],
  ["POST", "/v1/session"],
  ["POST", "/v1/runners/local/drain"],
  ["POST", "/runner/v1/complete"],
  ["POST", "/runner/v1/executions/exe_a/logs"],
  ["POST", "/runner/v1/sync"],
  ["OPTIONS", "/f/hello"],
  ["GET", "/health"],
])("%s %s looks, deletes or finishes and goes on", (method, path) => {
  expect(asked(method, path, "spent")).toBeNull();
});
