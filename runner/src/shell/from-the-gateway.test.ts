import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Job } from "@pulse/schema/wire/job";
import { CompactEncrypt, importJWK } from "jose";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { FakeGateway } from "../fake-gateway.suite.ts";
import { PlayedRunner } from "../played-runner.suite.ts";
import { aCommand } from "./played-command.suite.ts";

type Change = Parameters<typeof aCommand>[0];

let gateway: FakeGateway;
let runner: PlayedRunner;
let folder: string;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "pulse-commands-"));
  gateway = await FakeGateway.start();
  runner = new PlayedRunner();
});
afterEach(async () => {
  await runner.stop();
  await gateway.close();
  rmSync(folder, { recursive: true, force: true });
});

const start = (mode: string | null, policy?: unknown) => {
  const path = join(folder, "policy.json");
  if (policy !== undefined) writeFileSync(path, JSON.stringify(policy), { mode: 0o600 });
  return runner.start(gateway, {
    ...(mode === null ? {} : { PULSE_COMMANDS: mode }),
    ...(policy === undefined ? {} : { PULSE_POLICY: path }),
    PULSE_COMMANDS_DIR: folder,
  });
};
const described = (name: string, value: unknown) =>
  writeFileSync(join(folder, `${name}.json`), JSON.stringify(value), { mode: 0o600 });
const line = (text: string, change: Change = {}): Change => ({ ...change, work: { is: "command", text } });
const ref = (
  name: string,
  args: Record<string, string | number | boolean> = {},
  change: Change = {},
): Change => ({
  ...change,
  work: { is: "ref", name, args },
});

/** Hands out a command and tells how it ended. */
async function outcome(execution: string, change: Change, more: Partial<Job> = {}) {
  await gateway.answerSync({ jobs: [{ ...aCommand(change), ...more, execution } as Job] });
  return await gateway.outcomeOf(execution);
}
const capabilities = async (): Promise<string[]> =>
  (await gateway.until(() => gateway.of("POST /session")[0])).json.capabilities;
const refused = { status: "failed", reason: "refused_by_runner", permanent: true };

test("a command runs once the gateway has opened its start, and its lines and its end come back", async () => {
  await start("allow");
  expect(await capabilities()).toEqual(["process", "commands", "requests"]);
  const end = await outcome("exe_1", line("echo hello; echo oops >&2; exit 4"));
  expect(end).toMatchObject({
    ...{ status: "failed", reason: "function_error", response: null },
    command: { exitCode: 4, signal: null, stdout: "hello", stdoutTruncated: false },
  });
  expect(gateway.of("POST /executions/:id/start")).toHaveLength(1);
  expect(gateway.shipped()).toContain('"s":"stdout","d":"hello"');
  expect(gateway.shipped()).toContain('"s":"stderr","d":"oops"');
});

test("one whose start the gateway does not open does not run", async () => {
  await start("allow");
  const mark = join(folder, "ran");
  gateway.once("POST /executions/:id/start", () => ({
    ...{ status: 409, headers: { "content-type": "application/problem+json" } },
    body: JSON.stringify({ code: "fenced", title: "x", status: 409, detail: "it is another's" }),
  }));
  await gateway.answerSync({ jobs: [{ ...aCommand(line(`touch ${mark}`)), execution: "exe_1" }] });
  expect(await outcome("exe_2", line(`ls ${folder}`))).toMatchObject({ command: { stdout: "" } });
});

test("secrets reach it as variables, and neither its log nor its result shows them", async () => {
  await start("allow");
  const value = "hunter2-and-more";
  const key = await importJWK(gateway.of("POST /enroll")[0]?.json.sealingKey, "ECDH-ES");
  const secrets = await new CompactEncrypt(new TextEncoder().encode(JSON.stringify({ PASS: value })))
    .setProtectedHeader({ alg: "ECDH-ES", enc: "A256GCM" })
    .encrypt(key);
  const text = 'echo "$PASS"; echo "a""$PASS""b" >&2; printf %s "$PASS" | base64; printf "16$PASS"';
  const change = line(text, { settings: { secrets: { PASS: "PASS" } } });
  const end = await outcome("exe_1", change, { secrets });
  expect(end.command?.stdout).toMatch(/^\*\*\*\n.*\n16\*\*\*$/);
  const everything = `${JSON.stringify(end)}${gateway.shipped()}`;
  expect(everything).not.toContain(value);
  expect(everything).not.toContain(btoa(value));
  expect(gateway.shipped()).toContain("a***b");
});

test("a variable of a text with a secret in it shows neither in its log nor in its result", async () => {
  await start("allow");
  const value = "hunter2-and-more";
  const key = await importJWK(gateway.of("POST /enroll")[0]?.json.sealingKey, "ECDH-ES");
  const secrets = await new CompactEncrypt(new TextEncoder().encode(JSON.stringify({ SECRET_PART_1: value })))
    .setProtectedHeader({ alg: "ECDH-ES", enc: "A256GCM" })
    .encrypt(key);
  const settings = {
    secrets: { SECRET_PART_1: "PASS" },
    composed: { AUTH: ["Bearer ", { secret: "SECRET_PART_1" }] },
  };
  const text = `echo "$AUTH"; echo "\${AUTH#Bearer }" >&2; echo "part $SECRET_PART_1."`;
  const end = await outcome("exe_1", line(text, { settings }), { secrets });
  expect(end.command?.stdout).toBe("Bearer ***\npart .");
  expect(`${JSON.stringify(end)}${gateway.shipped()}`).not.toContain(value);
});

describe("a runner that was not started for commands", () => {
  test.each([null, "deny"])("(%s) says so, and refuses each", async (mode) => {
    await start(mode, mode === null ? { commands: { mode: "allow" } } : undefined);
    expect(await capabilities()).toEqual(["process"]);
    const end = await outcome("exe_1", line("id"));
    expect(end).toMatchObject(refused);
    expect(end.error?.message).toContain("no commands");
    expect(await outcome("exe_2", ref("act"))).toMatchObject(refused);
  });
});

describe("a runner that runs what it describes itself", () => {
  const echo = { argv: ["/bin/echo", "got", ["$", "{text}"].join("")], args: { text: { type: "string" } } };

  test("runs that, with arguments that no shell reads", async () => {
    described("say", echo);
    await start("allowlist");
    expect(await capabilities()).toContain("commands");
    const text = '"; touch pwned # $(id) `id` *';
    const end = await outcome("exe_1", ref("say", { text }));
    expect(end).toMatchObject({ status: "succeeded", command: { stdout: `got ${text}` } });
  });

  test.each([
    ["a free command", line("id"), /no free command/],
    ["a free script", { work: { is: "script", text: "id" } } as Change, /no free script/],
    ["what it does not describe", ref("nope"), /describes no command "nope"/],
    ["an argument like an option", ref("say", { text: "-rf" }), /must not begin/],
    ["a line end", ref("say", { text: "a\nb" }), /control characters/],
    ["no argument", ref("say"), /"text" is missing/],
    ["another user", ref("say", { text: "x" }, { user: "nobody" }), /as the user it says/],
    ["another folder", ref("say", { text: "x" }, { cwd: "/" }), /in the folder it says/],
    ["a variable", ref("say", { text: "x" }, { settings: { env: { A: "b" } } }), /takes no variable A/],
    ["an image", ref("say", { text: "x" }, { image: "alpine" }), /no commands in images/],
  ])("refuses %s, whatever the gateway says", async (_what, change, words) => {
    described("say", echo);
    await start("allowlist");
    const end = await outcome("exe_1", change);
    expect(end).toMatchObject({ ...refused, response: null });
    expect(end.error?.message).toMatch(words);
    expect(end.command?.stdout ?? "").toBe("");
  });

  test("gives it the variables that it lists, and its own time", async () => {
    described("look", { argv: ["/usr/bin/env"], env: ["TICKET"] });
    described("nap", { argv: ["/bin/sleep", "300"], timeout: "1s" });
    await start("allowlist");
    const end = await outcome("exe_1", ref("look", {}, { settings: { env: { TICKET: "OPS-1" } } }));
    expect(end.command?.stdout).toContain("TICKET=OPS-1");
    expect(await outcome("exe_2", ref("nap"))).toMatchObject({ status: "timed_out" });
  });

  test("does so as well where only its policy says it", async () => {
    described("say", echo);
    described("other", echo);
    await start("allow", { commands: { mode: "allowlist", dir: folder, allowed: ["sa*"] } });
    expect(await outcome("exe_1", line("id"))).toMatchObject(refused);
    expect(await outcome("exe_2", ref("say", { text: "x" }))).toMatchObject({ status: "succeeded" });
    expect((await outcome("exe_3", ref("other", { text: "x" }))).error?.message).toContain('"other"');
  });
});

test.each([
  ["its kinds", { kinds: ["function"] }, {}, {}, /no command jobs/],
  ["its projects", { projects: ["web"] }, {}, {}, /nothing of the project/],
  ["its users", { commands: { users: ["deploy"] } }, { user: "root" }, {}, /no commands as user "root"/],
  [
    "its users, the runner's own among them",
    { commands: { users: ["deploy"] } },
    {},
    {},
    /no commands as user/,
  ],
  ["its time", { timeout: "10s" }, {}, {}, /at most 10 s, got 60/],
  ["its secrets", { secrets: false }, {}, { secrets: "a.b.c.d.e" }, /no jobs with secrets/],
] as const)("a policy limits commands by %s", async (_what, policy, change, more, words) => {
  await start("allow", policy);
  const end = await outcome("exe_1", line("id", change), more);
  expect(end).toMatchObject(refused);
  expect(end.error?.message).toMatch(words);
});

test.each([
  ["a variable that loads code", { settings: { env: { LD_PRELOAD: "/tmp/x.so" } } }],
  ["a variable that is two", { settings: { env: { "A\nB": "x" } } }],
  ["a value with NUL", { settings: { env: { A: "x\0y" } } }],
  ["a user that is an option", { user: "-o" }],
  ["a folder that is relative", { cwd: "../etc" }],
  ["a shell that is a line", { shell: "/bin/sh; id" }],
  ["an exit code that there is not", { successCodes: [256] }],
  ["no settings", { settings: null }],
  ["no work", { work: { is: "shell", text: "id" } }],
  ["a name that is a path", { work: { is: "ref", name: "../../etc/passwd", args: {} } }],
])("a command with %s is malformed", async (_what, change) => {
  await start("allow");
  const end = await outcome("exe_1", { ...line("id"), ...(change as Change) });
  expect(end).toMatchObject(refused);
  expect(end.error?.message).toMatch(/malformed job/);
});

test("a cancelled one is gone when its outcome is told", async () => {
  await start("allow");
  await gateway.answerSync({ jobs: [{ ...aCommand(line("echo $$; exec sleep 300")), execution: "exe_1" }] });
  await gateway.until(() => gateway.of("POST /executions/:id/logs").length > 0);
  const [, pid] = /"d":"(\d+)"/.exec(gateway.shipped()) ?? [];
  await gateway.answerSync({ cancel: [{ execution: "exe_1", fence: 1, graceMs: 10_000 }] });
  expect(await gateway.outcomeOf("exe_1")).toMatchObject({ status: "cancelled" });
  expect(() => process.kill(Number(pid), 0)).toThrow(/ESRCH/);
});
