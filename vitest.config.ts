import { defineConfig } from "vitest/config";
import { laneOf, unitLaneOf } from "./.ci/lanes.ts";

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
const unitLane = process.env.PULSE_UNIT_LANE;
const units = unitLaneOf(unitLane, unitFolders);

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "unit",
          include: units.include,
          // What an image was made of, in install/dist, has packages with tests of their own.
          exclude: ["**/node_modules/**", ...units.exclude],
          // With a lane as many as it says, else as many as there are cores but one.
          ...(unitLane === undefined ? {} : { maxWorkers: units.atOnce }),
          testTimeout: 20_000,
          hookTimeout: 20_000,
          expect: { poll: { timeout: 10_000 } },
          // Node reads the 180 kB of its package.json again for each of its files; read by vitest they come from one place.
          server: { deps: { inline: ["drizzle-orm"] } },
          env,
        },
      },
      {
        test: {
          name: "e2e",
          globalSetup: ["e2e/global-setup.ts"],
          include: lane.include,
          exclude: lane.exclude,
          // Each file starts gateways and runners of its own; more at a time would share the machine's cores.
          maxWorkers: lane.atOnce,
          sequence: { groupOrder: 1 },
          testTimeout: 120_000,
          hookTimeout: 180_000,
          // As long as everything else in a browser is waited for; the 1 s of vitest is soon over on a busy machine.
          expect: { poll: { timeout: 20_000 } },
          env,
        },
      },
    ],
  },
});
