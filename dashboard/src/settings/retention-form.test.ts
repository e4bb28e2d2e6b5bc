import { expect, test } from "vitest";
import { changeOf, formOf, previewOf } from "./retention-form.ts";

const dayMs = 86_400_000;
const view = {
  executionsMs: 30 * dayMs,
  logsMs: 14 * dayMs,
  payloadsMs: 36 * 3_600_000,
  eventsMs: dayMs,
  versions: null,
  updatedAt: null,
};

test("what is so now is written as people write it, and asks for nothing", () => {
  const form = formOf(view);
  expect(form).toEqual({ executions: "30d", logs: "14d", payloads: "1d12h", events: "1d", versions: "" });
  expect(changeOf(form, view)).toEqual({});
  expect(changeOf({ ...form, payloads: "36h" }, view)).toEqual({});
});

test("only what differs is asked for, also what makes no sense, and the preview leaves events out", () => {
  const form = { ...formOf(view), logs: "3 days", events: "2d", versions: "20" };
  const change = changeOf(form, view);
  expect(change).toEqual({ logs: "3 days", events: "2d", versions: 20 });
  expect(previewOf(change)).toEqual({ logs: "3 days", versions: 20 });
  expect(previewOf({ versions: null })).toEqual({ versions: "all" });
});
