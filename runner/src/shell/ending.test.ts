import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { aCommand, PlayedCommands, runs } from "./played-command.suite.ts";
import { ProcessFamily } from "./process-family.ts";

let played: PlayedCommands;
beforeEach(() => {
  played = new PlayedCommands(400);
});
afterEach(() => played.close());

const within = (text: string, timeoutMs: number) =>
  aCommand({ work: { is: "command", text } }, { timeoutMs });

/** The numbers of processes that a command told. */
const told = () =>
  played
    .text()
    .split("\n")
    .map(Number)
    .filter((pid) => pid > 0);

const trees: [what: string, text: string][] = [
  ["a child", "sleep 300 & echo $!; echo up; wait"],
  [
    "a child that ignores SIGTERM",
    "sh -c 'trap \"\" TERM; echo $$; echo up; while :; do sleep 300; done' & wait",
  ],
  ["itself, ignoring SIGTERM", "trap '' TERM; echo $$; echo up; while :; do sleep 0.1; done"],
  ["a double fork", "(sleep 300 & echo $!) & wait; echo up; sleep 300"],
  ["a session of its own", "setsid sh -c 'echo $$; echo up; exec sleep 300' & wait"],
  [
    "a session of its own after a double fork, which ignores SIGTERM",
    "(setsid sh -c 'trap \"\" TERM; echo $$; echo up; while :; do sleep 300; done' &); sleep 300",
  ],
  [
    "one that cleared its environment",
    "(env -i setsid /bin/sh -c 'echo $$; echo up; exec sleep 300' &); sleep 300",
  ],
  [
    "one that forks again and again",
    "f() { sleep 300 & echo $!; }; for i in $(seq 50); do f; done; echo up; wait",
  ],
];

test.each(trees)("a timeout ends %s", async (_what, text) => {
  const end = played.run(within(text, 700));
  await played.until("up");
  const pids = told();
  expect(pids.length).toBeGreaterThan(0);
  expect(await end).toMatchObject({
    ...{ status: "timed_out", reason: "timed_out" },
    error: { message: "did not finish within 700 ms" },
  });
  expect(pids.filter(runs)).toEqual([]);
});

test.each(trees)("a cancellation ends %s", async (_what, text) => {
  const stop = new AbortController();
  const end = played.run(text, stop.signal);
  await played.until("up");
  const pids = told();
  stop.abort("cancelled");
  expect(await end).toMatchObject({ status: "cancelled", reason: "cancelled" });
  expect(pids.filter(runs)).toEqual([]);
});

test("a command that was cancelled before it began does not begin", async () => {
  const end = await played.run("echo ran", AbortSignal.abort("cancelled"));
  expect(end.status).toBe("cancelled");
  expect(played.lines).toEqual([]);
});

test("SIGTERM comes first, and who heeds it says its last words and is not waited for", async () => {
  const slow = new PlayedCommands(60_000);
  const text = "trap 'echo bye; exit 3' TERM; echo up; while :; do sleep 0.05; done";
  const stop = new AbortController();
  const end = slow.run(text, stop.signal);
  await slow.until("up");
  stop.abort("cancelled");
  expect(await end).toMatchObject({ status: "cancelled", command: { exitCode: 3, stdout: "up\nbye" } });
  await slow.close();
});

test("a service that a command starts goes on when the command has ended", async () => {
  const end = await played.run("setsid sleep 300 >/dev/null 2>&1 & echo $!");
  const [pid = 0] = told();
  expect(end.status).toBe("succeeded");
  expect(runs(pid)).toBe(true);
  expect(played.text("system")).toContain("a process that it started goes on");
  process.kill(pid, "SIGKILL");
});

test("one that holds the output open does not hold up the end", async () => {
  const end = await played.run("sleep 300 & echo $!");
  expect(end).toMatchObject({ status: "succeeded" });
  for (const pid of told()) process.kill(pid, "SIGKILL");
});

test("the record of a command with secrets leads the next process to all of it", async () => {
  played.secrets = { TOKEN: "not for the disk" };
  const run = played.run(
    "(setsid sh -c 'trap \"\" TERM; echo $$; echo up; exec sleep 300' &); exec sleep 300",
  );
  await played.until("up");
  const said: string[] = [];
  expect(await played.host.findLeft((line) => said.push(line))).toEqual([]);
  expect(await run).toMatchObject({ status: "failed", reason: "crashed", command: { signal: "SIGTERM" } });
  expect(told().filter(runs)).toEqual([]);
  expect(said).toHaveLength(1);
});

test("what a killed runner left running is ended by the next one, and nothing of another's", async () => {
  const folder = mkdtempSync(join(tmpdir(), "pulse-command-"));
  const start = (TMPDIR: string) =>
    spawn("sleep", ["300"], { env: { ...process.env, TMPDIR }, detached: true, stdio: "ignore" });
  const [left, other] = [start(folder), start(tmpdir())];
  const gone = once(left, "exit");
  const nobody = { scope: null, pid: null, started: null, begunAt: 0, timeoutMs: 1000, job: null };
  for (const [name, text] of [
    ["exe_9-1", JSON.stringify({ ...nobody, folder })],
    ["exe_8-1", "{ half"],
  ] as const) {
    mkdirSync(join(played.folder, "commands", name), { recursive: true });
    writeFileSync(join(played.folder, "commands", name, "record.json"), text);
  }
  const said: string[] = [];
  expect(await played.host.findLeft((line) => said.push(line))).toEqual([]);
  await gone;
  expect(said).toEqual(["2 commands from before this start were ended: how they went is not known"]);
  expect(runs(other.pid ?? 0)).toBe(true);
  expect(existsSync(folder)).toBe(false);
  expect(readdirSync(join(played.folder, "commands"))).toEqual([]);
  other.kill("SIGKILL");
  await once(other, "exit");
  rmSync(folder, { recursive: true, force: true });
});

test.each([
  [
    "a session of its own after a double fork",
    "(setsid sh -c 'trap \"\" TERM; echo $$; exec sleep 300' &); exec sleep 300",
  ],
  [
    "a child without its environment",
    "cd /; (cd $TMPDIR; env -i setsid /bin/sh -c 'echo $$; exec sleep 300' &); exec sleep 300",
  ],
  ["a child elsewhere", "(cd /; setsid sh -c 'echo $$; exec sleep 300' &); exec sleep 300"],
])("without a cgroup too %s is ended", async (_what, text) => {
  const folder = mkdtempSync(join(tmpdir(), "pulse-command-"));
  const env = { ...process.env, TMPDIR: folder };
  const child = spawn("/bin/sh", ["-c", text], { env, detached: true, stdio: ["ignore", "pipe", "ignore"] });
  const [chunk] = await once(child.stdout, "data");
  const gone = once(child, "exit");
  await new ProcessFamily(child.pid ?? null, null, folder).end(200);
  await gone;
  expect(runs(Number(String(chunk)))).toBe(false);
  rmSync(folder, { recursive: true, force: true });
});
