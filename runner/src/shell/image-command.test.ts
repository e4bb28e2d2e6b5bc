import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { CommandContainers } from "../sandbox/command-container.ts";
import { confinementOf } from "../sandbox/confinement.ts";
import { dockerClient, engineAnswers } from "../sandbox/docker.ts";
import { ProjectNetworks } from "../sandbox/egress/project-networks.ts";
import { CustomImages } from "../sandbox/images/custom-images.ts";
import { readImagePolicy } from "../sandbox/images/image-policy.ts";
import { RegistryAuths } from "../sandbox/images/registry-auth.ts";
import type { AttemptEnd, CapturedLine } from "../work.ts";
import type { CommandLink } from "./command-host.ts";
import { runInImage } from "./image-command.ts";
import { aCommand } from "./played-command.suite.ts";

const docker = dockerClient();
const answers = await engineAnswers(docker);
if (!answers) process.stderr.write("no Docker engine answers: commands in images are skipped\n");
const image = process.env.PULSE_IMAGE_PYTHON ?? "pulse-python:test";
const runner = `rnr_${randomUUID()}`;

test("without an engine a command in an image is refused, and says so", async () => {
  const end = await runInImage(aCommand({ image }), link(), new AbortController().signal, null);
  expect(end).toMatchObject({ status: "failed", reason: "refused_by_runner", permanent: true });
});

let lines: CapturedLine[];
let secrets: Record<string, string>;
beforeEach(() => {
  lines = [];
  secrets = {};
});

function link(): CommandLink {
  return {
    secrets: async () => secrets,
    log: (line) => void lines.push(line),
    hide: () => ({ add: (part) => part, end: () => "" }),
  };
}

describe.skipIf(!answers)("a command in an image", () => {
  let containers: CommandContainers;
  let networks: ProjectNetworks;
  beforeAll(async () => {
    const log = () => undefined;
    const confinement = await confinementOf(docker, { runtime: null, seccomp: "strict" });
    networks = new ProjectNetworks({ docker, runner, policy: { filtered: true, opened: [] }, log });
    const auths = new RegistryAuths(null);
    const allows = readImagePolicy(`${image},absent-image`);
    const images = new CustomImages({ docker, runner, auths, allows, log });
    const filterImage = () => image;
    containers = new CommandContainers({ docker, runner, images, networks, confinement, filterImage });
  });
  afterAll(() => networks.stop());

  type Change = Parameters<typeof aCommand>[0];
  const run = (
    text: string,
    change: Change = {},
    more: Parameters<typeof aCommand>[1] = {},
    signal = new AbortController().signal,
  ): Promise<AttemptEnd> => {
    const work = { is: "command" as const, text };
    return runInImage(aCommand({ image, work, ...change }, more), link(), signal, containers, 300);
  };
  const script = (text: string): Change => ({ work: { is: "script", text } });
  const said = (stream: string) => lines.flatMap(({ s, d }) => (s === stream ? [d] : [])).join("\n");
  const left = () => docker.listContainers({ all: true, filters: { label: [`pulse.runner=${runner}`] } });

  test("says what it says there, line by line, and nothing is left of it", async () => {
    const end = await run('echo one; echo two >&2; python3 -c "print(1 + 2)"; test ! -e "$HOME/none"');
    expect(end).toMatchObject({
      ...{ status: "succeeded", reason: null, error: null },
      command: { exitCode: 0, stdout: "one\n3", stderr: "two" },
    });
    expect([said("stdout"), said("stderr")]).toEqual(["one\n3", "two"]);
    expect(await left()).toEqual([]);
  });

  test.each([
    ["its exit code decides", "exit 7", {}, "failed", 7],
    ["among its success codes it is a success", "exit 7", { successCodes: [7] }, "succeeded", 7],
    ["a script stops at its first failing line", "", script("false\necho no\n"), "failed", 1],
    [
      "a script may name its interpreter",
      "",
      script("#!/usr/bin/env python3\nprint(6 * 7)\n"),
      "succeeded",
      0,
    ],
  ] as const)("%s", async (_, text, change, status, exitCode) => {
    expect(await run(text, change as Change)).toMatchObject({ status, command: { exitCode } });
    expect(said("stdout")).not.toContain("no");
  });

  test("its folder and its user are those that it asks for", async () => {
    expect((await run("pwd; id -u", { cwd: "/usr/lib", user: "nobody" })).command?.stdout).toBe(
      "/usr/lib\n65534",
    );
  });

  test("its variables and secrets come whole, and stand in no configuration that the engine shows", async () => {
    const value = `it's "one"\n\${HOME} \\ $(id)`;
    secrets = { TOKEN: value };
    const running = run('printf "%s|%s" "$TOKEN" "$PLAIN"; until test -e /tmp/go; do sleep 0.05; done', {
      settings: { env: { PLAIN: "a 'b' c" } },
    });
    const found = await vi.waitFor(async () => {
      const [one] = await left();
      if (one?.State !== "running") throw new Error("it does not run yet");
      return one;
    }, 20_000);
    const container = docker.getContainer(found.Id);
    const shown = JSON.stringify(await container.inspect());
    expect(shown).not.toContain("it's");
    expect(shown).not.toContain("PLAIN");
    const exec = await container.exec({ Cmd: ["touch", "/tmp/go"] });
    await exec.start({});
    expect((await running).command?.stdout).toBe(`${value}|a 'b' c`);
  });

  test.each(["LD_PRELOAD", "BASH_ENV"])("it takes no %s, which would load code", async (name) => {
    const end = await run("true", { settings: { env: { [name]: "/tmp/x" } } });
    expect(end).toMatchObject({ status: "failed", reason: "refused_by_runner" });
  });

  test("nothing of the machine is in it but its own folder, and it gains no rights", async () => {
    const end = await run(
      "cat /proc/self/status | grep -c 'NoNewPrivs:.1'; touch /pulse/x 2>/dev/null || echo sealed; ls /pulse; ls /var/run/docker.sock 2>/dev/null; true",
    );
    expect(end.command?.stdout).toBe("1\nsealed\nscript\nvariables");
  });

  test("at its timeout all of it is ended, also what ignores SIGTERM", async () => {
    const end = await run("trap : TERM; sleep 300 & while :; do wait; done", {}, { timeoutMs: 1500 });
    expect(end).toMatchObject({ status: "timed_out" });
    expect(await left()).toEqual([]);
  });

  test("a cancellation ends it", async () => {
    const stop = new AbortController();
    const running = run("echo here; exec sleep 300", {}, {}, stop.signal);
    await vi.waitFor(() => expect(said("stdout")).toBe("here"), 20_000);
    stop.abort("cancelled");
    expect(await running).toMatchObject({ status: "cancelled", command: { stdout: "here" } });
    expect(await left()).toEqual([]);
  });

  test("an image that this runner does not allow is refused, and one that cannot be had fails and says so", async () => {
    expect(await run("true", { image: "other-image" })).toMatchObject({ reason: "refused_by_runner" });
    expect(await run("true", { image: `absent-image@sha256:${"0".repeat(64)}` })).toMatchObject({
      status: "failed",
      error: { message: expect.stringContaining("absent-image") },
    });
  });

  test("what a machine describes itself runs on the machine", async () => {
    const work = { is: "ref" as const, name: "upgrade", args: {} };
    expect(await run("", { work })).toMatchObject({ reason: "refused_by_runner", permanent: true });
  });
});
