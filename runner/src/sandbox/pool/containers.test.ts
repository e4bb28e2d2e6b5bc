import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import type { Workshop } from "../../work.ts";
import { isGone } from "../container-exit.ts";
import { dockerClient, engineAnswers } from "../docker.ts";
import { type FarEngine, startFarEngine } from "../far-engine.suite.ts";
import { versionIn } from "../workshop.suite.ts";
import { createWorkshop } from "../workshop.ts";

const docker = dockerClient();
const answers = await engineAnswers(docker);
if (!answers && process.env.PULSE_E2E_DOCKER === "required") {
  throw new Error("PULSE_E2E_DOCKER=required, but no Docker engine answers");
}
if (!answers) process.stderr.write("no Docker engine answers: the pool of containers is not tested\n");

const images = {
  typescript: process.env.PULSE_IMAGE_TYPESCRIPT ?? null,
  python: process.env.PULSE_IMAGE_PYTHON ?? null,
};
/** Counts in a thread of its own, ten times a second, whether a call runs or not. */
const ticking = [
  "import threading, time",
  "ticks = 0",
  "def count():",
  "    global ticks",
  "    while True:",
  "        ticks += 1",
  "        time.sleep(0.1)",
  "threading.Thread(target=count, daemon=True).start()",
  "def handler(event, ctx):",
  "    return {'ticks': ticks, 'at': time.monotonic()}",
];

describe.skipIf(!answers)("the pool over containers", () => {
  let folder: string;
  let workshop: Workshop | null = null;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "pulse-pool-"));
  });
  afterEach(async () => {
    await workshop?.stop();
    workshop = null;
  }, 60_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const open = async (runner: string, freezeAfterMs = 300): Promise<Workshop> => {
    const opened = await createWorkshop({
      ...{ kind: "docker", stateDir: join(folder, runner), images, slots: 4, runner },
      confinement: { runtime: null, seccomp: "strict" },
      log: () => undefined,
      egress: { filtered: true, opened: [] },
      freezeAfterMs,
    });
    await vi.waitFor(() => expect(opened.runtimes).toContain("python"), 60_000);
    return opened;
  };
  /** A call of another function that takes so many seconds. */
  const pause = async (on: Workshop, seconds: number) => {
    const lines = ["import time", "def handler(event, ctx):", `    time.sleep(${seconds})`, "    return {}"];
    const sleeper = await versionIn(on, folder, "python", { "main.py": lines }, { memory: 64 * 2 ** 20 });
    await sleeper({}).answer;
  };
  const newRunner = () => `rnr_${randomBytes(6).toString("hex")}`;
  const containersOf = (runner: string) =>
    docker.listContainers({ all: true, filters: { label: [`pulse.runner=${runner}`] } });

  describe.each([
    ["whose processes this runner sees", false],
    ["whose processes are not seen here, which pauses them itself", true],
  ])("of an engine %s", (_words, isFar) => {
    let far: FarEngine | null = null;
    const host = process.env.DOCKER_HOST;
    beforeAll(async () => {
      if (!isFar) return;
      far = await startFarEngine(docker, folder);
      process.env.DOCKER_HOST = far.host;
    });
    afterAll(() => {
      if (host === undefined) delete process.env.DOCKER_HOST;
      else process.env.DOCKER_HOST = host;
      far?.stop();
    });
    const pausedOf = async (runner: string) =>
      (await containersOf(runner)).map(({ State }) => State === "paused");

    test("nothing of an idle container runs until the next call, which finds it as it was", async () => {
      const runner = newRunner();
      workshop = await open(runner);
      const call = await versionIn(workshop, folder, "python", { "main.py": ticking }, { egress: "none" });
      const ask = async () => (await call({}).answer) as { ticks: number; at: number };
      await ask();
      const first = await ask();
      await pause(workshop, 3);
      // The engine has done it where the runner cannot: it says so.
      if (isFar) expect(await pausedOf(runner)).toContain(true);
      const next = await ask();
      expect(next.at - first.at).toBeGreaterThan(2.9);
      // Awake it would have counted thirty times.
      expect(next.ticks - first.ticks).toBeLessThan(10);
      expect(next.ticks).toBeGreaterThanOrEqual(first.ticks);
    }, 60_000);

    test("frozen containers end with their runner, and leave nothing", async () => {
      const runner = newRunner();
      workshop = await open(runner, 0);
      const call = await versionIn(workshop, folder, "python", { "main.py": ticking }, { egress: "none" });
      await call({}).answer;
      await expect.poll(async () => (await containersOf(runner)).length, { timeout: 10_000 }).toBe(2);
      await workshop.stop();
      expect(await containersOf(runner)).toEqual([]);
    }, 60_000);

    test("a frozen container that somebody kills is noticed, and the next call has another", async () => {
      const runner = newRunner();
      workshop = await open(runner, 0);
      const call = await versionIn(workshop, folder, "python", { "main.py": ticking }, { egress: "none" });
      await call({}).answer;
      // One that the pool takes away at this very moment is gone as well.
      for (const { Id } of await containersOf(runner)) {
        const kill = () =>
          docker
            .getContainer(Id)
            .remove({ force: true })
            .then(() => true, isGone);
        // An engine that is busy gives up on a kill after a while, and says so.
        await expect.poll(kill, { timeout: 30_000 }).toBe(true);
      }
      await expect.poll(() => workshop?.warm(), { timeout: 10_000 }).toEqual([]);
      const { ended } = call({});
      expect((await ended).timing.start).not.toBe("warm");
    }, 60_000);
  });

  test("a runner that starts again removes what it left, frozen or not; other containers stay", async () => {
    const runner = newRunner();
    const before = await open(runner, 0);
    const call = await versionIn(before, folder, "python", { "main.py": ticking }, { egress: "none" });
    await call({}).answer;
    const left = (await containersOf(runner)).map(({ Id }) => Id);
    expect(left.length).toBeGreaterThan(0);
    const image = images.python ?? "";
    const own = await docker.createContainer({ Image: image, Entrypoint: ["sleep", "60"] });
    const others = await docker.createContainer({
      ...{ Image: image, Entrypoint: ["sleep", "60"] },
      Labels: { "pulse.runner": "rnr_another" },
    });
    try {
      await own.start();
      await others.start();
      workshop = await open(runner);
      const now = (await docker.listContainers({ all: true })).map(({ Id }) => Id);
      for (const id of left) expect(now).not.toContain(id);
      expect(now).toEqual(expect.arrayContaining([own.id, others.id]));
      expect((await own.inspect()).State.Running).toBe(true);
    } finally {
      await before.stop();
      await Promise.all([own, others].map((one) => one.remove({ force: true })));
    }
  }, 90_000);

  test("without reuse, calls one after the other find a container ready, and each has its own", async () => {
    workshop = await open(newRunner());
    const lines = ["import socket", "def handler(event, ctx):", "    return {'name': socket.gethostname()}"];
    const settings = { egress: "none" as const, reuse: "never" as const };
    const call = await versionIn(workshop, folder, "python", { "main.py": lines }, settings);
    const names = new Set<unknown>();
    const starts: unknown[] = [];
    // However slow the engine is, in a pause it makes the next one in time.
    while (starts.length < 20 && starts.filter((start) => start === "stem").length < 3) {
      const { ended, answer } = call({});
      names.add(JSON.stringify(await answer));
      starts.push((await ended).timing.start);
      await pause(workshop, 1);
    }
    expect(names.size).toBe(starts.length);
    expect(starts.filter((start) => start === "stem")).toHaveLength(3);
  }, 90_000);
});
