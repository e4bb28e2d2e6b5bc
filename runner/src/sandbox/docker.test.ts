import { describe } from "vitest";
import { dockerClient, engineAnswers } from "./docker.ts";
import { sandboxSuite } from "./sandbox.suite.ts";

const answers = await engineAnswers(dockerClient());
if (!answers && process.env.PULSE_E2E_DOCKER === "required") {
  throw new Error("PULSE_E2E_DOCKER=required, but no Docker engine answers");
}
if (!answers) process.stderr.write("no Docker engine answers: the suite of the docker sandbox is skipped\n");

describe.skipIf(!answers)("in containers", () => sandboxSuite("docker", ["typescript", "python"]));
