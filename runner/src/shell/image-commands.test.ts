import { execFileSync } from "node:child_process";
import { createHash, randomUUID } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Container } from "dockerode";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { CommandContainers } from "../sandbox/command-container.ts";
import type { CommandLimits } from "../sandbox/command-container-options.ts";
import { confinementOf } from "../sandbox/confinement.ts";
import { dockerClient, engineAnswers } from "../sandbox/docker.ts";
import { ProjectNetworks } from "../sandbox/egress/project-networks.ts";
import { CustomImages } from "../sandbox/images/custom-images.ts";
import { readImagePolicy } from "../sandbox/images/image-policy.ts";
import { RegistryAuths } from "../sandbox/images/registry-auth.ts";
import type { AttemptEnd, CapturedLine, CommandJob } from "../work.ts";
import type { CommandLink } from "./command-place.ts";
import { ImageCommands } from "./image-commands.ts";
import { aCommand } from "./played-command.suite.ts";

const docker = dockerClient();
const answers = await engineAnswers(docker);
if (!answers) process.stderr.write("no Docker engine answers: commands in images are skipped\n");
const image = process.env.PULSE_IMAGE_PYTHON ?? "pulse-python:test";
const runner = `rnr_${randomUUID()}`;

test("without an engine a command in an image is refused, and says so", async () => {
  const end = await host(null).run(aCommand({ image }), link(), never);
  expect(end).toMatchObject({ status: "failed", reason: "refused_by_runner", permanent: true });
});

const never = new AbortController().signal;
const usual: CommandLimits = { memory: 256 * 2 ** 20, cpus: null, hasNetwork: true };
let stateDir: string;
let lines: CapturedLine[];
let secrets: Record<string, string>;
beforeEach(() => {
  stateDir = mkdtempSync(join(tmpdir(), "pulse-images-"));
  lines = [];
  secrets = {};
});
afterEach(() => rmSync(stateDir, { recursive: true, force: true }));

/** A process of the runner: each has its own, over the same disk and engine. */
const host = (containers: CommandContainers | null, limits = usual) =>
  new ImageCommands({ stateDir, containers: () => containers, limits: () => limits, graceMs: 300 });

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
  const shell = (text: string, change: Change = {}, more: Partial<CommandJob> = {}) =>
    aCommand({ image, work: { is: "command", text }, ...change }, more);
  const run = (
    text: string,
    change: Change = {},
    more: Parameters<typeof aCommand>[1] = {},
    signal = never,
    limits = usual,
  ): Promise<AttemptEnd | null> => host(containers, limits).run(shell(text, change, more), link(), signal);
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
    const end = await run("pwd; id -u", { cwd: "/usr/lib", user: "nobody" });
    expect(end?.command?.stdout).toBe("/usr/lib\n65534");
  });

  test("its variables and secrets come whole, and stand in no configuration that the engine shows and on no disk", async () => {
    const value = `it's "one"\n\${HOME} \\ $(id)`;
    secrets = { TOKEN: value };
    const running = run('printf "%s|%s" "$TOKEN" "$PLAIN"; until test -e /tmp/go; do sleep 0.05; done', {
      settings: { env: { PLAIN: "a 'b' c" } },
    });
    const container = await theOne();
    const shown = JSON.stringify(await container.inspect());
    const kept = readdirSync(stateDir, { recursive: true, withFileTypes: true })
      .filter((one) => one.isFile())
      .map((one) => readFileSync(join(one.parentPath, one.name), "utf8"));
    expect(kept).toHaveLength(1);
    for (const text of [shown, ...kept]) {
      expect(text).not.toContain("it's");
      expect(text).not.toContain("a 'b' c");
    }
    await touch(container);
    expect((await running)?.command?.stdout).toBe(`${value}|a 'b' c`);
    expect(said("stdout")).toContain("it's");
  });

  test("it has the limits that its runner gives, no rights beyond those of installing, and nothing to read", async () => {
    const limits = { memory: 64 * 2 ** 20, cpus: 0.5, hasNetwork: false };
    const text = "cat; ls /sys/class/net; until test -e /tmp/go; do sleep 0.05; done";
    const running = run(text, {}, {}, never, limits);
    const container = await theOne();
    const { HostConfig } = await container.inspect();
    await touch(container);
    expect(HostConfig).toMatchObject({
      ...{ Memory: 64 * 2 ** 20, MemorySwap: 64 * 2 ** 20, NanoCpus: 5e8, NetworkMode: "none" },
      ...{ PidsLimit: 4096, Privileged: false, CapDrop: ["ALL"] },
    });
    expect(HostConfig.SecurityOpt).toContain("no-new-privileges");
    expect(HostConfig.CapAdd).not.toContain("CAP_NET_RAW");
    expect((await running)?.command?.stdout).toBe("lo");
    expect(said("system")).toContain("no network");
  });

  test("one that takes more memory than it may have is told as that", async () => {
    const text = 'python3 -c "bytearray(512 << 20)"; exit $?';
    const end = await run(text, {}, {}, never, { ...usual, memory: 64 * 2 ** 20 });
    expect(end).toMatchObject({ status: "failed", reason: "out_of_memory", command: { exitCode: 137 } });
    expect(end?.error?.message).toContain("64 MB");
  });

  /** What is under way, once it runs. */
  const theOne = () =>
    vi.waitFor(async () => {
      const [one] = await left();
      if (one?.State !== "running") throw new Error("it does not run yet");
      return docker.getContainer(one.Id);
    }, 20_000);
  const touch = async (container: Container) => {
    const exec = await container.exec({ Cmd: ["touch", "/tmp/go"] });
    await exec.start({});
  };

  test.each(["LD_PRELOAD", "BASH_ENV"])("it takes no %s, which would load code", async (name) => {
    const end = await run("true", { settings: { env: { [name]: "/tmp/x" } } });
    expect(end).toMatchObject({ status: "failed", reason: "refused_by_runner" });
  });

  test("nothing of the machine is in it but its own folder, and it gains no rights", async () => {
    const end = await run(
      "cat /proc/self/status | grep -c 'NoNewPrivs:.1'; touch /pulse/x 2>/dev/null || echo sealed; ls /pulse; ls /var/run/docker.sock 2>/dev/null; true",
    );
    expect(end?.command?.stdout).toBe("1\nsealed\nscript");
  });

  test.each(["/proc/self/fd/7", "//proc/self", "/tmp/../proc"])("its folder is not %s", async (cwd) => {
    expect(await run("true", { cwd })).toMatchObject({ status: "failed", reason: "refused_by_runner" });
  });

  test("as root it may give files away and become somebody else, as installing needs", async () => {
    const text =
      "touch /opt/x && chown 65534 /opt/x && stat -c %u /opt/x && python3 -c 'import os; os.setuid(65534); print(os.getuid())'";
    expect((await run(text, { user: "root" }))?.command?.stdout).toBe("65534\n65534");
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

  const job = shell("echo one; until test -e /tmp/go; do sleep 0.05; done; echo two; echo $PLAIN; exit 7", {
    settings: { env: { PLAIN: "of a variable" } },
  });
  const begun = () => vi.waitFor(() => expect(said("stdout")).toBe("one"), 20_000);
  const notes: string[] = [];
  const note = (line: string) => void notes.push(line);
  beforeEach(() => void notes.splice(0));

  test("one that was left goes on under the next process, which takes each of its lines once", async () => {
    const first = host(containers);
    const running = first.run(job, link(), never);
    await begun();
    expect(first.leave(job)).toBe(true);
    expect(await running).toBeNull();
    const container = await theOne();
    const next = host(containers);
    const [found, ...more] = await next.findLeft(note);
    expect([more, notes]).toEqual([[], ["1 commands in images from before this start go on"]]);
    expect(JSON.stringify(found)).not.toContain("of a variable");
    expect(next.isLeft(job)).toBe(true);
    const resumed = next.run(job, { ...link(), earlier: [{ s: "stdout", d: "one" }] }, never);
    await touch(container);
    expect(await resumed).toMatchObject({
      ...{ status: "failed", error: { message: "exited with code 7" } },
      command: { exitCode: 7, stdout: "one\ntwo\nof a variable" },
    });
    expect(said("stdout")).toBe("one\ntwo\nof a variable");
    expect(said("system")).toBe("the runner was started again, and goes on with this command");
    expect([await left(), await host(containers).findLeft(note)]).toEqual([[], []]);
  });

  test("what keeps it from closed networks stands while it goes on, also when its runner has left", async () => {
    const own = `rnr_${randomUUID()}`;
    const log = () => undefined;
    const ours = new ProjectNetworks({ docker, runner: own, policy: { filtered: true, opened: [] }, log });
    const place = await ours.join("default", image);
    const made = await docker.createContainer({
      ...{ Image: image, Entrypoint: ["sleep", "300"], Labels: { "pulse.runner": own } },
      HostConfig: { NetworkMode: place.name, AutoRemove: true },
    });
    await made.start();
    const filters = () => {
      const chain = `PULSE-${createHash("sha256").update(own).digest("hex").slice(0, 6)}-`;
      return execFileSync("iptables-save", { encoding: "utf8" }).includes(chain);
    };
    await ours.stop();
    const stood = filters();
    await made.remove({ force: true });
    await ours.stop();
    expect([stood, filters()]).toEqual([true, false]);
  });

  test("one that goes on ends at its timeout and when it is cancelled, and is left again", async () => {
    const first = host(containers);
    const running = first.run(job, link(), never);
    await begun();
    first.leave(job);
    await running;
    const second = host(containers);
    await second.findLeft(note);
    const again = second.run(job, link(), never);
    await vi.waitFor(() => expect(second.leave(job)).toBe(true));
    expect(await again).toBeNull();
    const third = host(containers);
    await third.findLeft(note);
    const stop = new AbortController();
    const last = third.run(job, link(), stop.signal);
    stop.abort("cancelled");
    expect(await last).toMatchObject({ status: "cancelled" });
    expect(await left()).toEqual([]);
  });

  test.each([
    ["with its own exit code", "touch /tmp/go", { status: "failed", command: { exitCode: 7 } }],
    [
      "by nobody who is there to say so, as when its machine goes down",
      "kill -9 -1",
      { status: "failed", reason: "lost", command: { exitCode: null, stdout: "one" } },
    ],
  ])("one that ended meanwhile %s", async (_, how, expected) => {
    const first = host(containers);
    const running = first.run(job, link(), never);
    await begun();
    first.leave(job);
    await running;
    const container = await theOne();
    const exec = await container.exec({ Cmd: ["sh", "-c", how] });
    await exec.start({});
    await container.wait({ condition: "not-running" });
    const next = host(containers);
    expect(await next.findLeft(note)).toHaveLength(1);
    expect(await next.run(job, link(), never)).toMatchObject(expected);
    expect(await left()).toEqual([]);
  });

  test("one with secrets, one that may run twice and one that nobody wants any more are ended", async () => {
    for (const [more, given] of [
      [{}, { TOKEN: "value" }],
      [{ delivery: "atLeastOnce" as const }, {}],
    ] as const) {
      secrets = given;
      lines = [];
      const first = host(containers);
      const run = first.run({ ...job, ...more }, link(), never);
      await begun();
      expect(first.leave(job)).toBe(false);
      expect(await host(containers).findLeft(note)).toEqual([]);
      expect(notes.at(-1)).toContain("how they went is not known");
      expect(await left()).toEqual([]);
      await run;
    }
    secrets = {};
    lines = [];
    const first = host(containers);
    const run = first.run(job, link(), never);
    await begun();
    first.leave(job);
    await run;
    const next = host(containers);
    await next.findLeft(note);
    await next.endLeft(job);
    expect([next.isLeft(job), await left(), readdirSync(join(stateDir, "image-commands"))]).toEqual([
      ...[false, [], []],
    ]);
  });
});
