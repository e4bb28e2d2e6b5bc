import { describe } from "vitest";
import { gvisorAnswers } from "./gvisor.suite.ts";
import { sandboxSuite } from "./sandbox.suite.ts";

describe.skipIf(!(await gvisorAnswers()))("in containers with a kernel of their own", () =>
  sandboxSuite("docker", ["typescript", "python"], "runsc"),
);
