import { evaluate } from "@pulse/schema/expression/evaluate";
import { parseExpression } from "@pulse/schema/expression/parse-expression";

const context = {
  promptResponse: "Yes",
  steps: {
    pending: {
      outputs: { total: 12 },
      results: Array.from({ length: 100 }, (_, index) => ({ stdout: `${index}\n`, exitCode: index % 7 })),
    },
  },
};

const expressions = {
  condition: "steps.pending.outputs.total > 0 && promptResponse === 'Yes'",
  "sum over 100 results": "steps.pending.results.map(r => Number(r.stdout)).reduce((a, b) => a + b, 0)",
  "filter of 100 results": "steps.pending.results.filter(r => r.exitCode !== 0).length",
};

/** Median microseconds of `run`, over rounds of a few milliseconds. */
function microseconds(run: () => unknown): number {
  const rounds = Array.from({ length: 15 }, () => {
    const start = performance.now();
    let times = 0;
    for (; performance.now() - start < 20; times++) run();
    return ((performance.now() - start) * 1000) / times;
  }).toSorted((left, right) => left - right);
  return rounds[7] ?? Number.NaN;
}

/** What expressions cost: parsed, evaluated, and the same by the engine's own JavaScript, as ratios of one run. */
function main(): void {
  process.stdout.write(
    "| | parse | evaluate | JavaScript | evaluate, to JavaScript |\n|---|---:|---:|---:|---:|\n",
  );
  for (const [name, text] of Object.entries(expressions)) {
    const parsed = parseExpression(text);
    if (!parsed.ok) throw new Error(`${name}: ${parsed.problems[0]?.message}`);
    const native = new Function(...Object.keys(context), `"use strict"; return (${text});`);
    const values = Object.values(context);
    const parse = microseconds(() => parseExpression(text));
    const ours = microseconds(() => evaluate(parsed.expression, context, { now: 0 }));
    const theirs = microseconds(() => native(...values));
    const figures = [parse, ours, theirs].map((figure) => `${figure.toFixed(2)} µs`);
    process.stdout.write(`| ${name} | ${figures.join(" | ")} | ×${(ours / theirs).toFixed(0)} |\n`);
  }
}

main();
