import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { TestGateway } from "../runners/gateway.suite.ts";
import { readPromql } from "./promql.suite.ts";

const folder = new URL("../../../install/observe/", import.meta.url);
const read = (name: string) => readFileSync(new URL(name, folder), "utf8");
const dashboard = JSON.parse(read("grafana-dashboard.json"));
const table = readFileSync(new URL("../../../docs/observe.md", import.meta.url), "utf8");
const alerts = parse(read("pulse-alerts.yaml"));

let names: Set<string>;
/** What is told apart by: labels of our metrics, as docs/observe.md has them, and those that Prometheus adds to every one. */
const labelNames = new Set(["job", "instance", "le"]);
for (const [, cell = ""] of table.matchAll(/^\| `pulse_[^|]*\| \w+ \|([^|]*)\|/gm)) {
  for (const [name] of cell.replace(/\([^)]*\)/g, "").matchAll(/\w+/g)) labelNames.add(name);
}
let gateway: TestGateway;
beforeAll(async () => {
  gateway = await TestGateway.start();
  const text = await (await gateway.call("/metrics")).text();
  const families = [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)];
  names = new Set(
    families.flatMap(([, name = "", type]) =>
      type === "histogram" ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name],
    ),
  );
});
afterAll(() => gateway.close());

test("where something is counted, the counter is asked before the gauge of the last hour", () => {
  const asked = JSON.stringify([dashboard.panels, alerts.groups]);
  for (const [gauge = ""] of asked.matchAll(/pulse_\w+_last_hour/g)) {
    const counter = gauge.replace("_last_hour", "_total");
    expect(names).toContain(counter);
    expect(asked.split(gauge).length).toBeLessThanOrEqual(asked.split(counter).length);
    expect(asked.indexOf(counter)).toBeLessThan(asked.indexOf(gauge));
  }
});

describe("every metric that is named exists in what /metrics tells", () => {
  const panels: [string, string][] = dashboard.panels.flatMap(
    ({ title, targets }: { title: string; targets: { expr: string }[] }) =>
      targets.map(({ expr }) => [title, expr]),
  );
  const variables: [string, string][] = dashboard.templating.list
    .filter(({ type }: { type: string }) => type === "query")
    .map(({ name, definition }: Record<string, string>) => [name, definition]);
  const rules: [string, string][] = alerts.groups.flatMap(
    ({ rules }: { rules: { alert: string; expr: string }[] }) =>
      rules.map(({ alert, expr }) => [alert, expr]),
  );
  test.each([...panels, ...variables, ...rules])("%s: %s", (_, expression) => {
    const { metrics, labels, faults } = readPromql(expression);
    expect(faults).toEqual([]);
    expect(metrics.length).toBeGreaterThan(0);
    // Prometheus makes `up` itself, for each target.
    expect(metrics.filter((name) => name !== "up" && !names.has(name))).toEqual([]);
    expect(labels.filter((name) => !labelNames.has(name))).toEqual([]);
  });
});

test("what reads expressions finds metrics and labels, and what is no PromQL", () => {
  const read = readPromql('sum by (le) (rate(pulse_gone_total{a="b"}[5m])) > 3');
  expect(read).toEqual({ metrics: ["pulse_gone_total"], labels: ["le", "a"], faults: [] });
  for (const wrong of [
    "sum(rate(pulse_up[5m])",
    "rate(pulse_up)",
    "pulse_up pulse_down",
    "abs(pulse_up[5m])",
  ]) {
    expect(readPromql(wrong).faults.length, wrong).toBeGreaterThan(0);
  }
});

test("panels have a place of their own and a title, alerts say what is wrong and what to do", () => {
  const taken = new Set<string>();
  for (const { title, gridPos } of dashboard.panels) {
    expect(title).not.toBe("");
    for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++) {
      for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
        expect(taken.has(`${x} ${y}`)).toBe(false);
        taken.add(`${x} ${y}`);
      }
    }
  }
  for (const { annotations, labels } of alerts.groups[0].rules) {
    expect(annotations).toEqual({ summary: expect.any(String), description: expect.any(String) });
    expect(["critical", "warning"]).toContain(labels.severity);
  }
});
