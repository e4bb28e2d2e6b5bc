import type { WarmWant } from "../hub.ts";

/** A function of a test that wants sandboxes of a version warm. */
export function makeWant(
  name: string,
  number: number,
  count: number,
  change: Partial<WarmWant> = {},
): WarmWant {
  return {
    pool: "default",
    requires: { runtime: "typescript", labels: {}, arch: null },
    count,
    order: {
      project: "default",
      version: `${name}_${number}`,
      bundle: `sha256:${"0".repeat(64)}`,
      spec: {
        function: { id: name, name, version: number, alias: "live" },
        ...{ runtime: "typescript", entry: "index.ts" },
        settings: {},
        ...{ keepAliveMs: 600_000, deps: null },
      },
    },
    ...change,
  };
}
