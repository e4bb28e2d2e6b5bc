import { expect, test } from "vitest";
import { exposition, histogramOf } from "./exposition.ts";

test("labels are escaped, empty ones left out, and classes of a histogram add up", () => {
  const labels = { project: 'a"b\\c\nd', pool: "" };
  const samples = histogramOf(labels, [0.1, 1], { counts: [2, 1, 4], sum: 40.5 });
  expect(exposition([{ name: "x_seconds", help: "One\nhelp \\", type: "histogram", samples }])).toBe(
    [
      "# HELP x_seconds One\\nhelp \\\\",
      "# TYPE x_seconds histogram",
      'x_seconds_bucket{project="a\\"b\\\\c\\nd",le="0.1"} 2',
      'x_seconds_bucket{project="a\\"b\\\\c\\nd",le="1"} 3',
      'x_seconds_bucket{project="a\\"b\\\\c\\nd",le="+Inf"} 7',
      'x_seconds_sum{project="a\\"b\\\\c\\nd"} 40.5',
      'x_seconds_count{project="a\\"b\\\\c\\nd"} 7',
      "",
    ].join("\n"),
  );
});
