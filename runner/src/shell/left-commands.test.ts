import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { CapturedLine, CommandJob } from "../work.ts";
import { CommandHost } from "./command-host.ts";
import type { CommandLink } from "./command-place.ts";
import { aCommand, runs } from "./played-command.suite.ts";
import { startOf } from "./records.ts";

const never = new AbortController().signal;
let folder: string;
let said: string[];
let lines: CapturedLine[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "pulse-left-"));
  said = [];
  lines = [];
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A process of the runner: each has its own, over the same disk. */
const host = () => new CommandHost(folder, { commandRules: { folder, sudo: true } }, 200);
const say = (line: string) => void said.push(line);
const shell = (text: string) => aCommand({ cwd: folder, work: { is: "command", text } });
function link(more: Partial<CommandLink> = {}): CommandLink {
  const hide = () => ({ add: (part: string) => part, end: () => "" });
  return { log: (line) => void lines.push(line), hide, secrets: async () => ({}), ...more };
}
async function until(look: () => boolean): Promise<void> {
  while (!look()) await new Promise(setImmediate);
}
const hasSaid = (text: string) => lines.some(({ d }) => d === text);

/** What the disk has of a command whose processes are gone, as after a reboot. */
function afterReboot(job: CommandJob, pid: number | null, exit: string | null): string {
  const place = join(folder, "commands", `${job.execution}-${job.fence}`);
  mkdirSync(place, { recursive: true });
  execFileSync("mkfifo", ["stdout", "stderr", "seen"], { cwd: place });
  const begun = { scope: null, begunAt: Date.now(), timeoutMs: 30_000, job };
  const own = mkdtempSync(join(tmpdir(), "pulse-command-"));
  const record = { ...begun, folder: own, pid, started: pid === null ? null : "1" };
  writeFileSync(join(place, "record.json"), JSON.stringify(record));
  if (exit !== null) writeFileSync(join(place, "exit"), exit);
  return own;
}

test("a command that was left goes on under the next process, with the rest of its time and without its variables on the disk", async () => {
  const first = host();
  const text = "echo one; until [ -e go ]; do sleep 0.02; done; echo $TOKEN; exit 7";
  const job = shell(text);
  const run = first.run(
    { ...job, spec: { ...job.spec, settings: { env: { TOKEN: "of a variable" } } } },
    link(),
    never,
  );
  await until(() => hasSaid("one"));
  expect(first.leave(job)).toBe(true);
  expect(await run).toBeNull();
  const next = host();
  const [found, ...more] = await next.findLeft(say);
  expect([more, said]).toEqual([[], ["1 commands from before this start go on"]]);
  expect(JSON.stringify(found)).not.toContain("of a variable");
  expect(next.isLeft(job)).toBe(true);
  const earlier = [{ s: "stdout" as const, d: "one" }];
  const resumed = next.run(job, link({ earlier }), never);
  writeFileSync(join(folder, "go"), "");
  expect(await resumed).toMatchObject({
    ...{ status: "failed", error: { message: "exited with code 7" } },
    command: { exitCode: 7, stdout: "one\nof a variable" },
  });
  expect(existsSync(join(folder, "commands", "exe_1-1"))).toBe(false);
});

test("one that goes on is cancelled as a whole", async () => {
  const first = host();
  const job = shell("sleep 300 & echo $!; wait");
  const run = first.run(job, link(), never);
  await until(() => lines.length > 0);
  first.leave(job);
  await run;
  const child = Number(lines[0]?.d);
  const next = host();
  await next.findLeft(say);
  const stop = new AbortController();
  const resumed = next.run(job, link(), stop.signal);
  stop.abort("cancelled");
  expect(await resumed).toMatchObject({ status: "cancelled" });
  expect(runs(child)).toBe(false);
});

test("one that ended with its machine, and had written how, is reported", async () => {
  const job = shell("systemctl reboot");
  const own = afterReboot(job, null, "0\n");
  const next = host();
  expect(await next.findLeft(say)).toHaveLength(1);
  const end = await next.run(job, link(), never);
  expect(end).toMatchObject({ status: "succeeded", command: { exitCode: 0, stdout: "" } });
  expect(lines.map(({ s }) => s)).toEqual(["system"]);
  expect(existsSync(own)).toBe(false);
});

test("one that had not is lost, and another process with its number is left alone", async () => {
  const other = spawn("sleep", ["300"], { stdio: "ignore", detached: true });
  await once(other, "spawn");
  const pid = other.pid ?? 0;
  expect(startOf(pid)).not.toBe("1");
  const job = shell("sleep 300");
  const own = afterReboot(job, pid, null);
  expect(await host().findLeft(say)).toEqual([]);
  expect(said).toEqual(["1 commands from before this start were ended: how they went is not known"]);
  expect([runs(pid), existsSync(own)]).toEqual([true, false]);
  other.kill("SIGKILL");
});

test("one with secrets, or that may run twice, is left to nobody", async () => {
  for (const [more, secrets] of [
    [{}, { TOKEN: "value" }],
    [{ delivery: "atLeastOnce" as const }, {}],
  ] as const) {
    lines = [];
    const first = host();
    const job = { ...shell("echo up; exec sleep 300"), ...more };
    const stop = new AbortController();
    const run = first.run(job, link({ secrets: async () => secrets }), stop.signal);
    await until(() => hasSaid("up"));
    expect(first.leave(job)).toBe(false);
    stop.abort("cancelled");
    await run;
  }
});

test("what the gateway gave up is ended", async () => {
  const first = host();
  const job = shell("echo $$; exec sleep 300");
  const run = first.run(job, link(), never);
  await until(() => lines.length > 0);
  first.leave(job);
  await run;
  const next = host();
  const [found] = await next.findLeft(say);
  await next.endLeft(found ?? job);
  expect([runs(Number(lines[0]?.d)), next.isLeft(job)]).toEqual([false, false]);
});
