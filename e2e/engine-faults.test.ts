import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildImages, imageOf } from "../.ci/base-images.ts";
import { type PrivateEngine, startEngine, stopEngine } from "../.ci/docker-engine.ts";
import { until } from "./platforms/node.ts";
import { sandboxesHere } from "./sandboxes.ts";
import { startWorld, type World } from "./world.ts";

const hasEngine = (await sandboxesHere()).some(({ name, available }) => name === "docker" && available);
const runs = hasEngine && process.getuid?.() === 0;
if (!runs) process.stderr.write("no Docker engine answers, or not root: faults of engines are skipped\n");

const slow = {
  "index.ts":
    "export const handler = (e, ctx) => new Promise((r) => setTimeout(() => r({ attempt: ctx.attempt }), e.ms ?? 0));",
};

for (const more of [[], ["--live-restore"]]) {
  describe.skipIf(!runs)(`an engine ${more.join(" ") || "without --live-restore"}`, () => {
    let engine: PrivateEngine;
    let world: World;
    beforeAll(async () => {
      engine = await startEngine(mkdtempSync("/var/tmp/pulse-engine-"), more);
      await buildImages(engine.host);
      world = await startWorld({
        sandbox: "docker",
        runnerEnv: {
          DOCKER_HOST: engine.host,
          PULSE_IMAGE_TYPESCRIPT: imageOf("typescript"),
          PULSE_IMAGE_PYTHON: imageOf("python"),
        },
      });
      await world.deploy("slow", slow);
      expect((await world.call("/f/slow", { method: "POST", body: "{}" })).status).toBe(200);
    }, 300_000);
    afterAll(async () => {
      await world?.stop();
      if (engine !== undefined) await stopEngine(engine.folder);
    }, 120_000);

    const daemon = () => Number(readFileSync(join(engine.folder, "engine.pid"), "utf8"));
    /** Ends the engine with its containerd, as their service would; the containers' own shims go on. */
    const endOf = async (signal: NodeJS.Signals) => {
      const pidFile = join(engine.folder, "exec/containerd/containerd.pid");
      const pids = [daemon(), Number(readFileSync(pidFile, "utf8"))];
      process.kill(pids[0] ?? 0, signal);
      if (signal === "SIGKILL") process.kill(pids[1] ?? 0, signal);
      const left = () => pids.filter((pid) => existsSync(`/proc/${pid}`)).length;
      await until("the engine ended", async () => (left() === 0 ? true : null));
    };
    const docker = (...args: string[]) =>
      execFileSync("docker", ["--host", engine.host, ...args], {
        encoding: "utf8",
        stdio: ["ignore", "pipe", "ignore"],
      })
        .split("\n")
        .filter((line) => line !== "");
    /** Every container, whether it runs, and whether it carries code: what carries none is a stem cell. */
    const containers = () =>
      docker("ps", "--all", "--quiet", "--no-trunc").flatMap((id) => {
        try {
          const format = "{{.State.Running}} {{range .Mounts}}{{.Source}}{{end}}";
          const [isRunning, folder] = docker("inspect", "--format", format, id)[0]?.split(" ") ?? [];
          const hasCode = existsSync(join(folder ?? "", "code"));
          return [{ id, isRunning: isRunning === "true", hasCode }];
        } catch {
          return []; // It is gone meanwhile.
        }
      });

    /** An asynchronous call that takes a while, once it runs. */
    async function running(ms: number): Promise<string> {
      const init = { method: "POST", body: JSON.stringify({ ms }), headers: { prefer: "respond-async" } };
      const { id } = (await (await world.call("/f/slow", init)).json()) as { id: string };
      await until("it runs", async () => ((await world.execution(id)).status === "running" ? true : null));
      return id;
    }

    /** The runner serves, and what the lost engine left, `lost` among it, is gone. */
    async function isWell(lost: readonly string[]): Promise<void> {
      await until(
        "a call is answered",
        async () =>
          (await world.call("/f/slow", { method: "POST", body: "{}" })).status === 200 ? true : null,
        undefined,
        60_000,
      );
      const look = () => {
        const all = containers();
        const count = (isOne: (one: ReturnType<typeof containers>[number]) => boolean) =>
          all.filter(isOne).length;
        return {
          lost: all.filter(({ id }) => lost.includes(id)),
          ended: all.filter(({ isRunning }) => !isRunning),
          // As many as calls ran side by side, and what a burst of calls makes.
          areWarm: count(({ hasCode }) => hasCode) <= 2,
          areStems: count(({ hasCode }) => !hasCode) <= 3,
        };
      };
      const well = { lost: [], ended: [], areWarm: true, areStems: true };
      await expect.poll(look, { timeout: 30_000 }).toEqual(well);
    }

    test("that is frozen for a while costs a call that runs nothing", async () => {
      const id = await running(3000);
      process.kill(daemon(), "SIGSTOP");
      try {
        await delay(2000);
        expect((await world.call("/f/slow", { method: "POST", body: "{}" })).status).toBe(200);
        expect(await world.ended(id)).toMatchObject({ status: "succeeded", attempt: 1 });
      } finally {
        process.kill(daemon(), "SIGCONT");
      }
      await isWell([]);
    }, 90_000);

    test.each(["SIGKILL", "SIGTERM"] as const)(
      "that is ended by %s loses the attempt, not the work, and costs no retry",
      async (signal) => {
        const id = await running(4000);
        const lost = containers().map(({ id }) => id);
        await endOf(signal);
        await delay(1000);
        await startEngine(engine.folder, more);
        const end = await world.ended(id);
        expect(end.status).toBe("succeeded");
        expect(end.retriesUsed ?? 0).toBe(0);
        await isWell(lost);
      },
      150_000,
    );
  });
}
