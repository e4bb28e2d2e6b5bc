import { readFileSync } from "node:fs";
import { isTerminal } from "@pulse/schema/status";
import { parseYaml } from "@pulse/schema/workflow/yaml";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { NotedRuns } from "./noted-runs.ts";
import { until } from "./platforms/node.ts";
import { startWorkersGateway } from "./platforms/workers.ts";
import { dockerAnswers } from "./sandboxes.ts";
import { startWorld, type World } from "./world.ts";

const hasDocker = await dockerAnswers();
if (!hasDocker && process.env.PULSE_E2E_DOCKER === "required") {
  throw new Error("PULSE_E2E_DOCKER=required, but no Docker engine answers");
}
if (!hasDocker) process.stderr.write("no Docker engine answers: commands in images are skipped\n");

const image = process.env.PULSE_IMAGE_PYTHON ?? "pulse-python:test";

describe.skipIf(!hasDocker).each([
  ["Node", {}],
  [
    "Workers",
    { startGateway: (given: Parameters<typeof startWorkersGateway>[0]) => startWorkersGateway(given) },
  ],
])("steps of a workflow in an image, on %s", (_, gateway) => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld({
      ...{ sandbox: "docker", runnerEnv: { PULSE_COMMANDS: "allow", PULSE_IMAGES: image } },
      ...gateway,
    });
  }, 240_000);
  afterAll(() => world?.stop(), 90_000);

  const runs = new NotedRuns(() => world);
  const ended = (id: string) => {
    const over = async () => {
      const view = await world.execution(id);
      return isTerminal(view.status) ? view : null;
    };
    return until("the run is over", over, undefined, 90_000);
  };

  test("they run there with their variables and secrets, and what they say is masked; another image is refused", async () => {
    const headers = { "content-type": "application/json" };
    const body = JSON.stringify({ value: "a-value-to-hide" });
    await world.call("/v1/secrets/TOKEN", { method: "PUT", headers, body });
    const id = await runs.start("built", {
      steps: [
        {
          ...{ id: "lint", name: "Lint", type: "execute", targets: ["all"], image },
          command: "python3 -c \"import os; print(os.environ['WORD'], os.environ['AUTH'])\"",
          env: { WORD: "clean", AUTH: `Bearer \${{ secrets.TOKEN }}` },
        },
        {
          ...{ id: "other", name: "Other", type: "execute", targets: ["all"], image: "not-allowed" },
          ...{ command: "true", continueOnError: true },
        },
      ],
      outputs: { said: "steps.lint.results[0].stdout", why: "steps.other.error.message" },
    });
    const view = await ended(id);
    expect(view.status, JSON.stringify(view)).toBe("succeeded");
    expect(view.run?.outputs?.said).toBe("clean Bearer ***");
    expect(view.run?.outputs?.why).toContain("not-allowed");
    expect(JSON.stringify(view)).not.toContain("a-value-to-hide");
  });

  test("the workflow of the guide does what the guide says", async () => {
    const guide = readFileSync(new URL("../docs/writing-workflows.md", import.meta.url), "utf8");
    const text = /^```yaml words\.yaml\n(.*?)^```$/ms.exec(guide)?.[1] ?? "";
    const given = text.replace("[db-1]", "[all]").replace("python:3.13", image);
    const definition = parseYaml(given).value as Record<string, unknown>;
    const view = await ended(await runs.start("words", definition));
    expect(view.run?.outputs?.said, JSON.stringify(view)).toBe("3 words");
  });
});
