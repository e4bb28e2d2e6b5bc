import { expect, test } from "vitest";
import { labelsText, readLabels, startLine } from "./enrolment.ts";

test("the line names the gateway, the token and the runner, and nothing in it means more to a shell", () => {
  expect(startLine("https://pulse.example.test", "pt_abc", "web-01")).toBe(
    "PULSE_GATEWAY=https://pulse.example.test PULSE_ENROLMENT_TOKEN=pt_abc PULSE_RUNNER_NAME=web-01 npx -y pnpm@12.21.0 pulse runner start",
  );
  expect(startLine("http://localhost:1", "it's $HOME", "")).toContain(
    `PULSE_ENROLMENT_TOKEN='it'\\''s $HOME' npx`,
  );
});

test.each([
  ["", {}],
  ["env=prod", { env: "prod" }],
  [" env=prod, gpu=yes  zone=", { env: "prod", gpu: "yes", zone: "" }],
  ["a=b=c", { a: "b=c" }],
  ["prod", null],
  ["=prod", null],
])("labels %j are read as %j", (text, labels) => {
  expect(readLabels(text)).toEqual(labels);
});

test("labels are typed as they are shown", () => {
  const labels = { env: "prod", gpu: "yes" };
  expect(readLabels(labelsText(labels))).toEqual(labels);
  expect(labelsText({})).toBe("");
});
