import { defineConfig } from "vitest/config";
import { laneOf } from "./.ci/lanes.ts";

const unitFolders = [
  "schema/src",
  "gateway/src",
  "runner/src",
  "runner/release",
  "cli/src",
  "dashboard/src",
  "runtimes",
  ".ci",
  "tools",
  "chaos",
  "sim",
  "install",
  "site/src",
];

// Wherever vitest was started from: what tests spawn as `node` is the pinned Node, as in every pnpm script.
const pinnedNode = new URL("node_modules/.bin", import.meta.url).pathname;
// What tests start is compiled once, not at each of thousands of starts.
const compiled = new URL("node_modules/.cache/compiled", import.meta.url).pathname;
const env = { PATH: `${pinnedNode}:${process.env.PATH ?? ""}`, NODE_COMPILE_CACHE: compiled };
// The run of everything does the files of one lane side by side, then the others alone.
const lane = laneOf(process.env.PULSE_E2E_LANE);

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "unit",
          include: unitFolders.map((folder) => `${folder}/**/*.test.ts`),
          testTimeout: 20_000,
          hookTimeout: 20_000,
          env,
        },
      },
      {
        test: {
          name: "e2e",
          include: lane.include,
          exclude: lane.exclude,
          // Each file starts gateways and runners of its own; more at a time would share the machine's cores.
          maxWorkers: lane.atOnce,
          sequence: { groupOrder: 1 },
          testTimeout: 120_000,
          hookTimeout: 180_000,
          env,
        },
      },
    ],
  },
});
