import { chmodSync, existsSync, mkdirSync, readdirSync } from "node:fs";
import { userInfo } from "node:os";
import { keptOutputBytes } from "@pulse/schema/wire/command";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { aCommand, PlayedCommands } from "./played-command.suite.ts";
import { removeFolder } from "./remove-folder.ts";
import { underUser } from "./under-user.ts";

let played: PlayedCommands;
beforeEach(() => {
  played = new PlayedCommands();
});
afterEach(() => played.close());

const script = (text: string) => aCommand({ work: { is: "script", text } });
const command = (text: string, change: Parameters<typeof aCommand>[0] = {}) =>
  aCommand({ ...change, work: { is: "command", text } });
const isRoot = userInfo().uid === 0;

describe("how a command ends", () => {
  test("with its output, each line under its stream, and without a response", async () => {
    const end = await played.run("echo one; echo two >&2; echo three");
    expect(end).toMatchObject({
      ...{ status: "succeeded", reason: null, error: null },
      command: { exitCode: 0, signal: null, stdout: "one\nthree", stdoutTruncated: false },
    });
    expect(end.timing.runMs).toBeGreaterThan(0);
    expect(played.text("stdout")).toBe("one\nthree");
    expect(played.text("stderr")).toBe("two");
  });

  test.each([1, 7, 126, 127, 255])("exit code %d is a failure that says so", async (code) => {
    expect(await played.run(`exit ${code}`)).toMatchObject({
      ...{ status: "failed", reason: "function_error", permanent: false },
      error: { message: `exited with code ${code}`, source: "function" },
      command: { exitCode: code, signal: null },
    });
  });

  test("a code among its success codes is a success, and 0 is none unless it is there", async () => {
    const codes = { successCodes: [2, 3] };
    expect(await played.run(command("exit 3", codes))).toMatchObject({ status: "succeeded" });
    expect(await played.run(command("exit 0", codes))).toMatchObject({ status: "failed" });
  });

  test("the signal that ended it is told", async () => {
    expect(await played.run("kill -SEGV $$")).toMatchObject({
      ...{ status: "failed", reason: "crashed" },
      command: { exitCode: null, signal: "SIGSEGV" },
    });
  });

  test("a program that is not there is the shell's 127", async () => {
    const end = await played.run("no-such-program-at-all");
    expect(end.command?.exitCode).toBe(127);
    expect(played.text("stderr")).toContain("no-such-program-at-all");
  });

  test("the last line of a pipe decides, as in any shell, and what failed before does not", async () => {
    expect(await played.run("false; true")).toMatchObject({ status: "succeeded" });
  });
});

describe("scripts and shells", () => {
  test("a script stops at its first failing line", async () => {
    expect(await played.run(script("echo a\nfalse\necho b\n"))).toMatchObject({ status: "failed" });
    expect(played.text()).toBe("a");
  });

  test("a script may name its interpreter", async () => {
    const end = await played.run(script('#!/usr/bin/env node\nconsole.log("from " + typeof process);\n'));
    expect(end.command?.stdout).toBe("from object");
  });

  test("the shell may be another one, with options", async () => {
    const text = "false | true; echo not here";
    const end = await played.run(command(text, { shell: "/bin/bash -eo pipefail" }));
    expect(end).toMatchObject({ status: "failed", command: { stdout: "" } });
    expect(await played.run(command("[[ a == a ]] && echo yes", { shell: "bash -c" }))).toMatchObject({
      command: { stdout: "yes" },
    });
  });

  test("a line of 200 kB runs as well", async () => {
    const end = await played.run(`: ${"x".repeat(200_000)}; echo done`);
    expect(end.command?.stdout).toBe("done");
  });
});

describe("output", () => {
  test("10 MB come whole, and the result keeps their end", async () => {
    const end = await played.run("yes 0123456789abcdef | head -c 10000000; echo; echo the end");
    const bytes = played.lines.reduce((sum, { d }) => sum + d.length + 1, 0);
    expect(bytes).toBe(10_000_000 + 1 + "the end\n".length);
    expect(end.command?.stdoutTruncated).toBe(true);
    expect(end.command?.stdout.length).toBeLessThanOrEqual(keptOutputBytes);
    expect(end.command?.stdout.endsWith("\nthe end")).toBe(true);
  });

  test("a long line comes in parts, and one without an end comes too", async () => {
    const end = await played.run("head -c 100000 /dev/zero | tr '\\0' x; printf '\\nlast'");
    expect(played.lines.map(({ d }) => d.length)).toEqual([32_768, 32_768, 32_768, 1696, 4]);
    expect(played.text().replaceAll("\n", "")).toBe(`${"x".repeat(100_000)}last`);
    expect(end.command?.stdout.endsWith("\nlast")).toBe(true);
  });

  test("bytes that are no text do no harm", async () => {
    const end = await played.run("head -c 200000 /dev/urandom; printf '\\000\\377\\nok\\n'");
    expect(end.status).toBe("succeeded");
    expect(end.command?.stdout.endsWith("\nok")).toBe(true);
  });

  test("a character that is cut by the kept end does not come in part", async () => {
    const end = await played.run(`printf 'é%.0s' $(seq 1 40000)`);
    expect(end.command?.stdout).toMatch(/^é+$/);
    expect(Buffer.byteLength(end.command?.stdout ?? "")).toBe(keptOutputBytes);
  });
});

describe("what a command finds", () => {
  test("no terminal, nothing to read, a session of its own", async () => {
    const end = await played.run(
      'test -t 0 || test -t 1 || test -t 2 || echo none; cat; (: < /dev/tty) 2>/dev/null || echo no tty; readlink /proc/self/fd/0; ps -o sid= -p $$ | tr -d " "; echo $PPID; test -e /proc/self/fd/3 || echo no more',
    );
    const [none, noTty, input, session, attendant, noMore] = (end.command?.stdout ?? "").split("\n");
    expect([none, noTty, input, noMore]).toEqual(["none", "no tty", "/dev/null", "no more"]);
    expect(session).toBe(attendant);
  });

  test("nothing of the runner's environment, but what every program needs", async () => {
    process.env.RUNNER_TOKEN = "should stay here";
    const job = command("env -0 | tr '\\0' '\\n' | cut -d= -f1", {
      settings: { env: { TICKET: "OPS-1", http_proxy: "x" } },
    });
    const end = await played.run(job);
    delete process.env.RUNNER_TOKEN;
    const names = new Set(end.command?.stdout.split("\n"));
    for (const set of ["PWD", "OLDPWD", "SHLVL", "_"]) names.delete(set);
    expect([...names].sort()).toEqual(
      [
        ...["HOME", "LANG", "LOGNAME", "PATH", "PULSE_EXECUTION", "TICKET", "TMPDIR", "USER", "http_proxy"],
      ].sort(),
    );
  });

  test("hostile values of variables stay values", async () => {
    const VALUE = '"; touch pwned #\n$(touch pwned) `touch pwned` -rf *';
    const end = await played.run(command('printf %s "$VALUE"; ls', { settings: { env: { VALUE } } }));
    expect(end.command?.stdout).toBe(VALUE);
  });

  test("its secrets, as variables", async () => {
    played.secrets = { API_KEY: "s3cr3t-value" };
    expect((await played.run('printf %s "$API_KEY"')).command?.stdout).toBe("s3cr3t-value");
  });

  test.each(["LD_PRELOAD", "BASH_ENV", "A=B", "PATH"])("never the variable %s", async (name) => {
    const env = { [name]: "/tmp/evil.so" };
    expect(await played.run(command("true", { settings: { env } }))).toMatchObject({
      ...{ status: "failed", reason: "refused_by_runner", permanent: true },
    });
    played.secrets = env;
    expect(await played.run("true")).toMatchObject({ reason: "refused_by_runner" });
  });

  test("a private folder, which is gone afterwards", async () => {
    const end = await played.run(
      'pwd; stat -c %a .; echo x > f; stat -c %a f; test "$TMPDIR" = "$(pwd)" && ls',
    );
    const [folder = "", mode, fileMode, ...names] = (end.command?.stdout ?? "").split("\n");
    expect([mode, fileMode, ...names]).toEqual(["700", "600", "f"]);
    expect(existsSync(folder)).toBe(false);
    expect(readdirSync(`${played.folder}/commands`)).toEqual([]);
  });

  test("the folder that it asks for, where there is one", async () => {
    expect((await played.run(command("pwd", { cwd: "/usr" }))).command?.stdout).toBe("/usr");
    for (const [cwd, words] of [
      ["/no/such/folder", "does not exist"],
      ["/etc/passwd", "is no folder"],
    ] as const)
      expect(await played.run(command("pwd", { cwd }))).toMatchObject({
        ...{ status: "failed", reason: "refused_by_runner" },
        error: { message: `cwd ${cwd} ${words} on this machine` },
      });
  });
});

describe("users", () => {
  test("one that is not there is refused", async () => {
    const end = await played.run(command("id -un", { user: "nobody-of-this-name" }));
    expect(end).toMatchObject({ status: "failed", reason: "refused_by_runner" });
    expect(end.error?.message).toContain('no user "nobody-of-this-name"');
  });

  test("the runner's own user needs no change", async () => {
    const user = userInfo().username;
    expect((await played.run(command("id -un", { user }))).command?.stdout).toBe(user);
  });

  test.runIf(isRoot)("a runner of root becomes the user, without what it could do itself", async () => {
    const text = "id -un; id -G; echo $HOME; touch mine && ls; cat /etc/shadow || echo no";
    const end = await played.run(command(text, { user: "nobody" }));
    const lines = end.command?.stdout.split("\n") ?? [];
    expect(lines[0]).toBe("nobody");
    expect(lines[1]).not.toMatch(/\b0\b/);
    expect(lines.slice(3)).toEqual(["mine", "no"]);
  });

  test.runIf(isRoot)("a script of another user runs, and its folder is removed as that user", async () => {
    const text = "id -un; pwd; mkdir -p a/b; ln -s /etc etc; chmod 0 a; ls";
    const end = await played.run(aCommand({ user: "nobody", work: { is: "script", text } }));
    const [name, folder = "", ...names] = end.command?.stdout.split("\n") ?? [];
    expect([name, ...names]).toEqual(["nobody", "a", "etc", "script"]);
    expect(existsSync("/etc/passwd")).toBe(true);
    expect(readdirSync(folder)).toEqual(["a"]);
    chmodSync(`${folder}/a`, 0o700);
    await removeFolder(folder);
    expect(existsSync(folder)).toBe(false);
  });

  test("a policy may keep commands from gaining rights", async () => {
    const text = "grep NoNewPrivs /proc/self/status | tr -dc 01; umask";
    expect((await played.run(text)).command?.stdout).toBe("00077");
    played.sudo = false;
    expect((await played.run(text)).command?.stdout).toBe("10077");
    const user = { user: isRoot ? "nobody" : userInfo().username };
    expect((await played.run(command(text, user))).command?.stdout).toBe("10077");
  });

  test("where setpriv is missing, what needs it is refused", () => {
    const own = { name: "pulse", uid: 1000, gid: 1000, home: "/", change: false };
    const argv = ["/bin/id"];
    expect(underUser({ argv, user: own }, true, null)).toEqual(argv);
    expect(() => underUser({ argv, user: own }, false, null)).toThrow(/setpriv .* missing/);
    expect(() => underUser({ argv, user: { ...own, change: true } }, true, null)).toThrow(
      /setpriv .* missing/,
    );
  });

  test.runIf(!isRoot)("a runner of nobody special becomes nobody else", async () => {
    expect(await played.run(command("id", { user: "root" }))).toMatchObject({ reason: "refused_by_runner" });
  });
});

test("nothing of a command is left among temporary files", async () => {
  const before = process.env.TMPDIR;
  process.env.TMPDIR = `${played.folder}/tmp`;
  mkdirSync(process.env.TMPDIR);
  await played.run("touch a b c; mkdir -p d/e");
  await played.run(command("true", { cwd: "/no/such" }));
  expect(readdirSync(process.env.TMPDIR)).toEqual([]);
  if (before === undefined) delete process.env.TMPDIR;
  else process.env.TMPDIR = before;
});
