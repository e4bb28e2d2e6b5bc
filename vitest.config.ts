import { defineConfig } from "vitest/config";

const unitFolders = [
  "schema/src",
  "gateway/src",
  "runner/src",
  "cli/src",
  "dashboard/src",
  "runtimes",
  ".ci",
  "tools",
  "chaos",
  "sim",
];

// Wherever vitest was started from: what tests spawn as `node` is the pinned Node, as in every pnpm script.
const pinnedNode = new URL("node_modules/.bin", import.meta.url).pathname;
const env = { PATH: `${pinnedNode}:${process.env.PATH ?? ""}` };

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
          include: ["e2e/**/*.test.ts"],
          // Each file starts gateways and runners of its own; two at a time would share the machine's cores.
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 180_000,
          env,
        },
      },
    ],
  },
});
