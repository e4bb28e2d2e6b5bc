import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Workshop } from "../../work.ts";
import { gvisorAnswers } from "../gvisor.suite.ts";
import { Builds, workshopOf } from "./builds.suite.ts";
import { type Registry, startRegistry } from "./registry.suite.ts";
import { wheel } from "./zip.suite.ts";

describe.skipIf(!(await gvisorAnswers()))("dependencies under gVisor", () => {
  let folder: string;
  let workshop: Workshop;
  let registry: Registry;
  const before = process.env.PIP_INDEX_URL;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "pulse-gvisor-"));
    registry = await startRegistry();
    process.env.PIP_INDEX_URL = `${registry.url}simple/`;
    workshop = await workshopOf("docker", folder, { ms: 120_000 }, "runsc");
  }, 90_000);
  afterAll(async () => {
    await workshop?.stop();
    registry?.close();
    rmSync(folder, { recursive: true, force: true });
    if (before === undefined) delete process.env.PIP_INDEX_URL;
    else process.env.PIP_INDEX_URL = before;
  }, 60_000);

  test("are installed in a build container with a kernel of its own, from the operator's registry alone, and found by the function", async () => {
    const name = "greeting-1.0.0-py3-none-any.whl";
    const words = { "greeting.py": "def words():\n    return 'hello'\n" };
    registry.python(name, wheel("greeting", "1.0.0", words));
    const builds = new Builds(workshop, folder);
    const { end, link, version } = await builds.build({
      "main.py": "import greeting\n\ndef main():\n    return [greeting.words()]\n",
      "requirements.txt": "greeting==1.0.0\n",
    });
    expect(end, link.text).toMatchObject({ status: "succeeded" });
    expect(await builds.call(version, link.uploads[0] ?? null)).toEqual(["hello"]);
  }, 120_000);
});
