import { expect, test } from "vitest";
import { labelsText, readLabels, startLine } from "./enrolment.ts";

test("the line fetches the runner from the gateway, or starts it from the repository", () => {
  const lineFor = (way: "terminal" | "service" | "repository") =>
    startLine("https://pulse.example.test", "pt_abc", "web-01", way);
  const variables =
    "PULSE_GATEWAY=https://pulse.example.test PULSE_ENROLMENT_TOKEN=pt_abc PULSE_RUNNER_NAME=web-01";
  const fetched = `curl -fsSL https://pulse.example.test/install/runner.sh | ${variables} sh`;
  expect(lineFor("terminal")).toBe(fetched);
  expect(lineFor("service")).toBe(`${fetched} -s -- --service`);
  expect(lineFor("repository")).toBe(`${variables} npx -y pnpm@12.21.0 pulse runner start`);
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
