import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Docker from "dockerode";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { attachTo } from "./attach.ts";
import { exitOf } from "./container-exit.ts";
import { dockerClient, engineAnswers } from "./docker.ts";
import { type FarEngine, startFarEngine } from "./far-engine.suite.ts";
import { MemoryWitness } from "./memory-witness.ts";

const near = dockerClient();
const answers = await engineAnswers(near);
if (!answers && process.env.PULSE_E2E_DOCKER === "required") {
  throw new Error("PULSE_E2E_DOCKER=required, but no Docker engine answers");
}
if (!answers) process.stderr.write("no Docker engine answers: the ends of containers are not tested\n");
const image = process.env.PULSE_IMAGE_PYTHON ?? "";

describe.skipIf(!answers)("the end of a container", () => {
  let folder: string;
  let engine: FarEngine;
  let made: Docker.Container[];
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "pulse-exit-"));
    made = [];
  });
  afterEach(async () => {
    engine.stop();
    for (const { id } of made) await near.getContainer(id).remove({ force: true });
    rmSync(folder, { recursive: true });
  });

  /** How a program ends by what an engine says that is `lateMs` late; once it runs, `then` happens. */
  const endOf = async (program: string, hasOwnLine: boolean, lateMs: number, then = () => undefined) => {
    engine = await startFarEngine(near, folder, lateMs);
    const docker = new Docker({ socketPath: engine.host.slice("unix://".length) });
    const container = await docker.createContainer({ Image: image, Entrypoint: ["python3", "-c", program] });
    made.push(container);
    const attached = await attachTo(docker, container.id, { stdin: false });
    attached.on("error", () => undefined).resume();
    const witness = new MemoryWitness(docker, container.id);
    const [isLineOpen, isOurs, nothing] = [() => false, () => false, () => undefined];
    const of = { docker, container, attached, witness, hasOwnLine, isLineOpen, isOurs };
    const exited = exitOf({ ...of, onOver: nothing, onCut: nothing });
    await container.start();
    then();
    return exited;
  };

  test.each([
    ["a line of its own", true],
    ["its line over the engine", false],
  ])(
    "with %s is what the engine says of it, also when it says so long after the output ended",
    async (_words, hasOwnLine) => {
      const facts = await endOf("raise SystemExit(3)", hasOwnLine, 2500);
      expect(facts).toEqual({ code: 3, signal: null, outOfMemory: false, engineLost: false });
    },
    30_000,
  );

  test("is not known of an engine that went away, which does not take long to tell", async () => {
    const facts = await endOf("import time; time.sleep(600)", false, 2500, () => void engine.stop());
    expect(facts).toEqual({ code: null, signal: null, outOfMemory: false, engineLost: true });
  }, 20_000);
});
