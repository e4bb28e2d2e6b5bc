import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { FakeGateway } from "../fake-gateway.suite.ts";
import { dockerClient, engineAnswers } from "../sandbox/docker.ts";
import { KilledRunner } from "./killed-runner.suite.ts";
import { aCommand } from "./played-command.suite.ts";

const docker = dockerClient();
const answers = await engineAnswers(docker);
if (!answers)
  process.stderr.write("no Docker engine answers: commands in images of killed runners are skipped\n");
const image = process.env.PULSE_IMAGE_PYTHON ?? "pulse-python:test";

describe.skipIf(!answers)("a command in an image whose runner was killed", () => {
  let gateway: FakeGateway;
  let runner: KilledRunner;
  beforeEach(async () => {
    runner = await KilledRunner.make();
    gateway = runner.gateway;
  });
  afterEach(() => runner.close("SIGTERM"));

  const start = () => {
    const { DOCKER_HOST, PULSE_IMAGE_TYPESCRIPT, PULSE_IMAGE_PYTHON } = process.env;
    const images = { PULSE_IMAGE_TYPESCRIPT, PULSE_IMAGE_PYTHON };
    runner.start({ ...images, DOCKER_HOST, PULSE_SANDBOX: "docker", PULSE_DRAIN_SECONDS: "0" });
  };
  /** Has a runner begin a command, and kills it. */
  const killWhile = async (text: string) => {
    start();
    const job = { ...aCommand({ image, work: { is: "command", text } }), execution: "exe_killed" };
    await gateway.answerSync({ jobs: [job] });
    await gateway.until(() => gateway.shipped().includes("first"));
    await runner.end("SIGKILL");
  };
  /** Every line under its number: what the first process has sent already may come twice. */
  const lines = () =>
    [
      ...new Map(
        [...gateway.shipped().matchAll(/"seq":(\d+),.*?"s":"(\w+)","d":"(.*?)"/g)].map(([, seq, s, d]) => [
          Number(seq),
          `${s} ${d}`,
        ]),
      ).values(),
    ].filter((line) => line.startsWith("stdout"));
  const found = () =>
    docker.listContainers({ all: true, filters: { label: ["pulse.execution=exe_killed"] } });

  test("goes on, and the next process reports its lines and how it ended", { timeout: 60_000 }, async () => {
    await killWhile(
      "echo first; until test -e /tmp/go; do sleep 0.05; done; seq 1 20000; echo no >&2; exit 3",
    );
    runner.answerSessions("continue");
    // It speaks while nobody listens, more than a pipe holds.
    const [container] = await found();
    expect(container?.State).toBe("running");
    const exec = await docker.getContainer(container?.Id ?? "").exec({ Cmd: ["touch", "/tmp/go"] });
    await exec.start({});
    start();
    const outcome = await gateway.outcomeOf("exe_killed");
    expect(outcome).toMatchObject({
      ...{ status: "failed", reason: "function_error", error: { message: "exited with code 3" } },
      command: { exitCode: 3, stderr: "no" },
    });
    expect(outcome.command?.stdout.endsWith("19999\n20000")).toBe(true);
    const numbers = Array.from({ length: 20_000 }, (_, i) => `stdout ${i + 1}`);
    expect(lines()).toEqual(["stdout first", ...numbers]);
    expect(gateway.of("POST /session").at(-1)?.json.inFlight).toEqual([
      { execution: "exe_killed", fence: 1, state: "running" },
    ]);
    expect(gateway.of("POST /executions/:id/start")).toHaveLength(1);
    expect(await found()).toEqual([]);
  });

  test("is gone before the next one takes work, when the gateway has given it up", {
    timeout: 60_000,
  }, async () => {
    await killWhile("echo first; exec sleep 300");
    runner.answerSessions("forget");
    const syncs = gateway.of("POST /sync").length;
    start();
    await gateway.until(() => gateway.of("POST /sync").length > syncs);
    expect(await found()).toEqual([]);
  });
});
