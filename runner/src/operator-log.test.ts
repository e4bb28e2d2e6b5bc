import type { Job } from "@pulse/schema/wire/job";
import { expect, test } from "vitest";
import { MaskerShelf } from "./masking/masker-shelf.ts";
import { sayTo } from "./operator-log.ts";

const execution = "exe_01k2m3n4p5q6r7s8t9v0w1x2y3";
const secret = "kX9-long-enough-to-be-one";

function written(format: "text" | "json", line: string): string {
  const maskers = new MaskerShelf();
  maskers.of([secret]);
  maskers.of(["another-of-an-older-job"]);
  const job = {
    ...{ kind: "function", execution, traceparent: `00-${"a".repeat(32)}-${"b".repeat(16)}-01` },
    spec: { request: { headers: [["x-request-id", "asked-1"]] } },
  } as unknown as Job;
  let text = "";
  const say = sayTo({
    ...{ format, now: () => "2026-11-22T08:00:00.000Z", hide: (one) => maskers.hide(one) },
    write: (one) => {
      text += one;
    },
    jobOf: (id) => (id === execution ? job : undefined),
  });
  say(line);
  return text;
}

test("a line is to be read", () => {
  expect(written("text", "joins")).toBe("runner: joins\n");
});

test("a line about an execution has its ids, with those of its request and of its trace", () => {
  expect(JSON.parse(written("json", `${execution} could not be given back: "so"\nand so`))).toEqual({
    ...{ time: "2026-11-22T08:00:00.000Z", level: "info", execution, requestId: "asked-1" },
    ...{ traceId: "a".repeat(32), message: `${execution} could not be given back: "so"\nand so` },
  });
  expect(JSON.parse(written("json", "✗ it broke"))).toMatchObject({ level: "error", message: "✗ it broke" });
  const other = execution.replace("y3", "y4");
  expect(JSON.parse(written("json", `job ${other} could not be run`))).toEqual({
    ...{ time: "2026-11-22T08:00:00.000Z", level: "info", execution: other },
    message: `job ${other} could not be run`,
  });
});

test.each(["text", "json"] as const)("as %s it has no secret of a job, in no form", (format) => {
  const line = written(format, `no connection to db:${secret}@db.example.test (${btoa(secret)})`);
  expect(line).not.toContain(secret);
  expect(line).not.toContain(btoa(secret));
  expect(line).toContain("***");
});
