import { parser } from "@prometheus-io/lezer-promql";

/** What an expression of PromQL asks for, by the grammar of Prometheus itself. */
export interface AskedFor {
  metrics: string[];
  /** Labels that it selects or groups by. */
  labels: string[];
  /** What is no PromQL, with what stands there. */
  faults: string[];
}

/** Functions over a range of time. */
const overTime = /^(rate|irate|increase|delta|\w+_over_time)$/;

/** Reads an expression, also one of a panel of Grafana: what Grafana fills in is filled in. */
export function readPromql(expression: string): AskedFor {
  const text = expression
    .replaceAll(/\$__(rate_)?interval\b/g, "5m")
    .replaceAll(/\$\{?\w+\}?/g, "value")
    .replace(/^label_values\((.*), *(\w+)\)$/, "count by ($2) ($1)");
  const found: AskedFor = { metrics: [], labels: [], faults: [] };
  parser.parse(text).iterate({
    enter(node) {
      const words = text.slice(node.from, node.to);
      if (node.type.isError) found.faults.push(`${words} at ${node.from} of ${text}`);
      if (node.name === "VectorSelector") found.metrics.push(words.replace(/\{.*/s, "").trim());
      if (node.name === "LabelName") found.labels.push(words);
      if (node.name !== "FunctionCall") return;
      const called = words.slice(0, words.indexOf("("));
      // A type, which the grammar does not check.
      const isOfRange = node.node.getChild("FunctionCallBody")?.getChild("MatrixSelector") !== null;
      if (overTime.test(called) !== isOfRange) found.faults.push(`${called} of a wrong type: ${words}`);
    },
  });
  return found;
}
