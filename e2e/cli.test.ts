import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Ended, heard } from "./heard.ts";
import { until } from "./platforms/node.ts";
import { programEnv, programPath } from "./platforms/program-env.ts";
import { startWorld, type World } from "./world.ts";

const entry = programPath("cli/src/main.ts");

/** A command that runs: what it said so far, and how it ended. */
interface Command {
  child: ChildProcess;
  ended: Promise<Ended>;
  out(): string;
  err(): string;
}

let world: World;
let folder: string;
const running = new Set<ChildProcess>();

function begin(args: string[], env: Record<string, string> = {}, input = ""): Command {
  const base = {
    ...programEnv(),
    HOME: folder,
    PULSE_GATEWAY: world.url,
    PULSE_KEY: world.adminKey,
  };
  const child = spawn(process.execPath, [entry, ...args], {
    cwd: folder,
    env: { ...base, PULSE_LANG: "en", ...env },
    stdio: ["pipe", "pipe", "pipe"],
  });
  running.add(child);
  child.stdin?.end(input);
  const { said, ended } = heard(child);
  child.once("close", () => running.delete(child));
  return { child, ended, out: () => said.out, err: () => said.err };
}

const pulse = (...args: string[]) => begin(args).ended;
const pulseWith = (env: Record<string, string>, ...args: string[]) => begin(args, env).ended;

/** Writes a function's folder below this test's folder. */
function project(name: string, source: string, runtime: "typescript" | "python" = "typescript"): string {
  const dir = join(folder, name);
  mkdirSync(dir, { recursive: true });
  writeFileSync(join(dir, "pulse.jsonc"), JSON.stringify({ name, runtime }));
  writeFileSync(join(dir, runtime === "typescript" ? "index.ts" : "main.py"), source);
  return dir;
}

const functions: Record<string, { source: string; settings?: Record<string, unknown> }> = {
  greet: {
    source: `export const handler = (e: { name?: string }) => ({ message: "Hello, " + (e.name ?? "you") + "!" });`,
  },
  text: { source: `export const handler = () => "plain";` },
  throws: { source: `export const handler = () => { throw new Error("no luck"); };` },
  slow: {
    source: `export const handler = async (_: unknown, ctx: { log: { info(text: string): void }, signal: AbortSignal }) => {
      ctx.log.info("begun");
      await new Promise((_, reject) => ctx.signal.addEventListener("abort", () => reject(new Error("stopped"))));
    };`,
  },
  short: { source: `export const handler = () => new Promise(() => {});`, settings: { timeout: "1s" } },
  rare: { source: `export const handler = () => 1;`, settings: { endpoint: { auth: "key", rateLimit: 1 } } },
  events: {
    source: `export async function* handler() { yield { event: "token", data: "a" }; yield { event: "done", data: "b" }; }`,
  },
};

beforeAll(async () => {
  const mail = { PULSE_SMTP_URL: "smtp://192.0.2.1", PULSE_MAIL_FROM: "pulse@example.test" };
  world = await startWorld({ sandbox: "process", gatewayEnv: mail });
  for (const [name, { source, settings = {} }] of Object.entries(functions))
    await world.deploy(name, { "index.ts": source }, { settings });
}, 180_000);
afterAll(() => world?.stop(), 60_000);
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "pulse-cli-"));
});
afterEach(() => {
  for (const child of running) child.kill("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
});

/** The newest execution of a function. */
async function newest(name: string): Promise<string> {
  const { out } = await pulse("execution", "list", "--name", name, "--limit", "1", "--json");
  return JSON.parse(out).items[0].id;
}

describe("stdout is the answer and stderr all else", () => {
  test("invoke writes the function's bytes, and its summary aside", async () => {
    const { code, out, err } = await pulse("invoke", "greet", "-e", "name=Ada");
    expect([code, JSON.parse(out)]).toEqual([0, { message: "Hello, Ada!" }]);
    expect(err).toMatch(/✓ greet v1 · 200 · \d+ ms .* exe_/);
    expect(await pulse("--quiet", "invoke", "greet")).toMatchObject({ code: 0, err: "" });
  });

  test("with --json each answer is one document, and stderr is empty", async () => {
    const dir = project("json", `export const handler = () => 1;`);
    const id = await newest("greet");
    const commands = [
      ["init", "python", "fresh"],
      ["deploy", dir],
      ["invoke", "text"],
      ["function", "list"],
      ["function", "get", "greet"],
      ["function", "versions", "greet"],
      ["function", "rollback", "greet", "1", "--reason", "too loud"],
      ["function", "delete", "json"],
      ["execution", "list"],
      ["execution", "get", id],
      ["execution", "replay", id, "--detach"],
      ["runner", "list"],
      ["runner", "token"],
      ["key", "list"],
      ["key", "create", "made", "--scope", "read"],
      ["key", "revoke", "made"],
      ["profile", "list"],
      ["whoami"],
      ["api", "GET", "/version"],
      ["completion", "bash"],
    ];
    for (const command of commands) {
      const { code, out, err } = await pulse("--json", ...command);
      expect([command, code, err]).toEqual([command, 0, ""]);
      expect(typeof JSON.parse(out), command.join(" ")).toMatch(/object|string/);
    }
  });

  test("what streams is NDJSON: log lines, server-sent events", async () => {
    const events = await pulse("--json", "invoke", "events");
    expect(
      events.out
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line)),
    ).toEqual([
      { event: "token", data: "a" },
      { event: "done", data: "b" },
    ]);
    await pulse("invoke", "throws");
    const logs = await pulse("--json", "logs", "throws");
    for (const line of logs.out.split("\n").filter(Boolean))
      expect(JSON.parse(line)).toMatchObject({ text: expect.any(String) });
  });

  test("a failure with --json leaves stdout empty and one problem on stderr", async () => {
    for (const [command, code] of [
      [["function", "get", "nothing"], "not_found"],
      [["invoke", "throws"], "function_error"],
      [["deploy", project("broken", "export const handler = (")], "build_failed"],
      [["function", "lsit"], "usage"],
      [["invoke", "greet", "-e", "novalue"], "usage"],
    ] as const) {
      const { out, err } = await pulse("--json", ...command);
      expect([command, out]).toEqual([command, ""]);
      expect(JSON.parse(err)).toMatchObject({ code, detail: expect.any(String) });
    }
  });
});

describe("exit codes", () => {
  test.each([
    [0, ["whoami"]],
    [2, ["whoami", "--nonsense"]],
    [2, ["nonsense"]],
    [2, ["invoke"]],
    [2, ["key", "create", "x"]],
    [2, ["whoami", "--timeout", "soon"]],
    [2, ["whoami", "--gateway", "nowhere"]],
    [2, ["-C", "nowhere", "whoami"]],
    [2, ["function", "rollback", "greet", "first"]],
    [2, ["init", "cobol"]],
    [4, ["function", "get", "nothing"]],
    [4, ["invoke", "nothing"]],
    [4, ["logs", "nothing"]],
    [4, ["deploy", "."]],
    [4, ["--profile", "nothing", "whoami"]],
    [5, ["function", "rollback", "greet"]],
    [6, ["key", "create", "x", "--scope", "everything"]],
    [6, ["api", "POST", "/v1/keys", "-d", "{"]],
    [7, ["whoami", "--gateway", "http://localhost:9"]],
    [10, ["invoke", "throws"]],
    [11, ["invoke", "short"]],
    [20, ["doctor", "--gateway", "http://localhost:9"]],
  ] as const)("%i: pulse %s", async (expected, command) => {
    const { code, out } = await pulse(...command);
    expect(code).toBe(expected);
    if (expected !== 0 && expected !== 20) expect(out).toBe("");
  });

  test("3 without a key, with a wrong one, and with one that may not", async () => {
    const wrong = `pk_${"0".repeat(48)}`;
    expect((await pulseWith({ PULSE_KEY: "" }, "whoami")).code).toBe(3);
    expect((await pulseWith({ PULSE_KEY: wrong }, "whoami")).code).toBe(3);
    const reader = (await pulse("-q", "key", "create", "reader", "--scope", "read")).out.trim();
    const refused = await pulseWith({ PULSE_KEY: reader }, "function", "delete", "greet");
    expect([refused.code, refused.out]).toEqual([3, ""]);
  });

  test("6 for a version that does not load, with the user's own file and line", async () => {
    const { code, err } = await pulse(
      "deploy",
      project("bad", "const a = 1;\nexport const handler = () => a +;\n"),
    );
    expect(code).toBe(6);
    expect(err).toContain("index.ts:2");
  });

  test("8 over a limit", async () => {
    const codes = [];
    for (let i = 0; i < 5; i++) codes.push((await pulse("invoke", "rare")).code);
    expect(codes).toContain(8);
  });

  test("11 when --timeout passes, saying that the work goes on", async () => {
    const { code, err } = await pulse("invoke", "slow", "--timeout", "1500ms");
    expect(code).toBe(11);
    expect(err).toContain("no end within 1s500ms (--timeout); what was started goes on");
    await pulse("execution", "cancel", await newest("slow"));
  });

  test("12 for a call that was cancelled meanwhile, and 12 for its replay", async () => {
    const before = await newest("slow").catch(() => null);
    const call = begin(["invoke", "slow"]);
    const id = await until("the call is recorded", async () => {
      const found = await newest("slow").catch(() => null);
      return found === before ? null : found;
    });
    expect((await pulse("execution", "cancel", id)).code).toBe(0);
    expect(await call.ended).toMatchObject({ code: 12, out: "" });
    const replay = begin(["execution", "replay", id]);
    await until("the replay has its id", async () => (replay.out().includes("exe_") ? true : null));
    await pulse("execution", "cancel", replay.out().trim());
    expect((await replay.ended).code).toBe(12);
  });

  test("many are cancelled and run again by what they have in common, asked for with --yes where nobody can be asked", async () => {
    for (let i = 0; i < 3; i++) await pulse("invoke", "slow", "--async");
    const live = ["execution", "cancel", "--name", "slow", "--status", "queued,offered,running"];
    expect(await pulse(...live)).toMatchObject({ code: 2, out: "" });
    expect(JSON.parse((await pulse(...live, "--dry-run", "--json")).out)).toMatchObject({ done: 3 });
    const { code, out } = await pulse(...live, "--yes");
    expect({ code, out }).toEqual({ code: 0, out: "3 cancelled\n" });
    await until(
      "all have ended",
      async () => (await pulse(...live, "--dry-run")).out.startsWith("0 ") || null,
    );
    const ended = [
      "execution",
      "replay",
      "--name",
      "slow",
      "--since",
      "1m",
      "--key",
      "again",
      "--yes",
      "--json",
    ];
    const first = JSON.parse((await pulse(...ended)).out);
    expect(first.done).toBeGreaterThanOrEqual(3);
    expect(JSON.parse((await pulse(...ended)).out).replays).toEqual(expect.arrayContaining(first.replays));
    await pulse("execution", "cancel", "--name", "slow", "--yes");
    expect((await pulse("execution", "cancel")).code).toBe(2);
  });

  test.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const)("%s ends a command that follows with %i", async (signal, code) => {
    await pulse("invoke", "slow", "--async");
    const follow = begin(["logs", "-f", "slow"]);
    await until("a line came", async () => (follow.out().includes("begun") ? true : null));
    follow.child.kill(signal);
    expect(await follow.ended).toMatchObject({ code, err: "" });
    await pulse("execution", "cancel", await newest("slow"));
  });
});

describe("what was mistyped", () => {
  test.each([
    ["en", ["deplyo"], "there is no command deplyo", "did you mean deploy?"],
    ["es", ["deplyo"], "no existe la orden deplyo", "¿quiso decir deploy?"],
    ["en", ["invoke", "greet", "--pth", "/"], "there is no flag --pth", "did you mean --path?"],
    ["es", ["invoke", "greet", "--pth", "/"], "no existe la opción --pth", "¿quiso decir --path?"],
    ["en", ["invoke", "greeet"], 'no function "greeet"', "did you mean greet?"],
    ["es", ["function", "get", "geret"], '"geret"', "¿quiso decir greet?"],
    ["en", ["logs", "grete"], '"grete"', "did you mean greet?"],
  ])("in %s: pulse %s", async (lang, command, what, hint) => {
    const { out, err } = await pulse("--lang", lang, ...command);
    expect(out).toBe("");
    expect(err).toContain(what);
    expect(err).toContain(`→ ${hint}`);
  });

  test("names are not offered to a key that may not list them", async () => {
    const caller = (await pulse("-q", "key", "create", "caller", "--scope", "invoke:greet")).out.trim();
    const { err } = await pulseWith({ PULSE_KEY: caller }, "invoke", "thrwos");
    expect(err).not.toContain("throws");
  });
});

describe("global flags", () => {
  test("profiles keep gateway and key in a file of the owner alone, and are told apart by name", async () => {
    const bare = { PULSE_GATEWAY: "", PULSE_KEY: "" };
    const login = (name: string) =>
      begin(["login", "--profile", name, "--gateway", world.url], bare, `${world.adminKey}\n`).ended;
    expect((await login("home")).code).toBe(0);
    expect((await login("prod")).err).toContain("pulse profile use prod");
    const path = join(folder, ".config", "pulse", "config.json");
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const list = await pulseWith(bare, "profile", "list", "--json");
    expect(JSON.parse(list.out).items).toEqual([
      { name: "home", gateway: world.url, current: true },
      { name: "prod", gateway: world.url, current: false },
    ]);
    expect(list.out).not.toContain(world.adminKey);
    expect((await pulseWith(bare, "whoami")).code).toBe(0);
    expect((await pulseWith({ ...bare, PULSE_PROFILE: "prod" }, "whoami")).code).toBe(0);
    const typo = await pulseWith(bare, "profile", "use", "prd");
    expect([typo.code, typo.err]).toEqual([4, expect.stringContaining("did you mean prod?")]);
    expect((await pulseWith(bare, "profile", "use", "prod")).code).toBe(0);
    expect((await pulseWith(bare, "profile", "remove", "prod")).code).toBe(0);
    expect(JSON.parse(readFileSync(path, "utf8")).profiles).not.toHaveProperty("prod");
    expect((await pulseWith(bare, "--profile", "prod", "whoami")).code).toBe(4);
  });

  test("a profile's key goes to no other gateway", async () => {
    const bare = { PULSE_GATEWAY: "", PULSE_KEY: "" };
    await begin(["login", "--gateway", world.url], bare, world.adminKey).ended;
    const other = world.url.replace("localhost", "127.0.0.1");
    expect((await pulseWith(bare, "whoami", "--gateway", other)).code).toBe(3);
  });

  test("--trace shows requests and answers with times, never the key", async () => {
    const { out, err } = await pulse("--trace", "whoami");
    expect(out).toContain("admin");
    expect(err).toMatch(/→ GET http:\/\/localhost:\d+\/v1\/me\n← 200 OK · \d+ ms/);
    expect(err).not.toContain(world.adminKey);
    const secret = await pulse("--trace", "invoke", "greet", "--path", "/?api_key=abc123");
    expect(secret.err).not.toContain("abc123");
  });

  test("-C works in another folder, and colours come only when asked for", async () => {
    project("inner", `export const handler = () => 1;`);
    expect(await pulse("-C", "inner", "deploy")).toMatchObject({ code: 0 });
    const escapeCode = String.fromCharCode(27);
    expect((await pulse("whoami", "--gateway", "http://localhost:9")).err).not.toContain(escapeCode);
    const forced = await pulseWith({ FORCE_COLOR: "1" }, "whoami", "--gateway", "http://localhost:9");
    expect(forced.err).toContain(escapeCode);
    const bare = await pulseWith(
      { FORCE_COLOR: "1", NO_COLOR: "1" },
      "whoami",
      "--gateway",
      "http://localhost:9",
    );
    expect(bare.err).not.toContain(escapeCode);
  });

  test("doctor says each check with its mark, in both languages", async () => {
    const english = await pulse("doctor");
    expect(english.code).toBe(0);
    for (const name of ["gateway", "version", "clock", "key", "runner"])
      expect(english.out).toMatch(new RegExp(`^✓ ${name}`, "m"));
    const gone = await pulse("--lang", "es", "doctor", "--gateway", "http://localhost:9");
    expect(gone.code).toBe(20);
    expect(gone.out).toMatch(/^✗ pasarela .*no se pudo contactar/m);
    expect(gone.out).toContain("→ arránquela");
  });
});

describe("pulse dev", () => {
  /** What `pulse dev --json` has told so far. */
  const told = (dev: Command) =>
    dev
      .out()
      .split("\n")
      .slice(0, -1)
      .map((line) => JSON.parse(line));
  const reloaded = (dev: Command, version: number) =>
    until(`v${version} serves`, async () => {
      const found = told(dev).find((event) => event.type === "reloaded" && event.version === version);
      return found ?? null;
    });
  const answerOf = async (name: string) => JSON.parse((await pulse("--json", "invoke", `${name}@dev`)).out);

  test.each([
    ["typescript", "index.ts", (n: number) => `export const handler = () => ({ n: ${n} });\n`],
    ["python", "main.py", (n: number) => `def main() -> dict:\n    return {"n": ${n}}\n`],
  ] as const)(
    "reloads %s in under 300 ms, by the third quickest of ten saves",
    async (runtime, file, source) => {
      const name = `dev-${runtime}`;
      const dir = project(name, source(1), runtime);
      const dev = begin(["dev", dir, "--json"]);
      await reloaded(dev, 1);
      const times: number[] = [];
      for (let version = 2; version <= 11; version++) {
        writeFileSync(join(dir, file), source(version));
        const event = await reloaded(dev, version);
        expect(event).toMatchObject({ function: name, alias: "dev", paths: [file] });
        times.push(event.ms);
      }
      expect(await answerOf(name)).toEqual({ n: 11 });
      // Saves that follow each other this fast, beside other work, outrun the cells that are made ready for them.
      expect(times.sort((a, b) => a - b)[2]).toBeLessThan(300);
      dev.child.kill("SIGINT");
      expect(await dev.ended).toMatchObject({ code: 0, err: "" });
    },
  );

  test("what does not load shows the user's own line and leaves the version before it serving", async () => {
    const dir = project("dev-frame", "export const handler = () => 1;\n");
    const dev = begin(["dev", dir]);
    await until("it watches", async () => (dev.err().includes("watching") ? true : null));
    writeFileSync(join(dir, "index.ts"), "const a = 1;\nexport const handler = () => a +;\n");
    await until("the failure is said", async () => (dev.err().includes("still serves") ? true : null));
    expect(dev.err()).toMatch(/✗ index\.ts {2}→ failed after \d+ ms {2}SyntaxError: Unexpected ";"/);
    expect(dev.err()).toContain("index.ts:2:33");
    expect(dev.err()).toContain("→ 2 │ export const handler = () => a +;");
    expect(await answerOf("dev-frame")).toBe(1);
    writeFileSync(join(dir, "index.ts"), "export const handler = () => 1;\n");
    await until("the mended file serves", async () =>
      /✓ index\.ts {2}→ dev-frame@dev v1 in/.test(dev.err()) ? true : null,
    );
    dev.child.kill("SIGINT");
    expect((await dev.ended).code).toBe(0);
  });

  test("tails the calls of its versions: their log lines, and a failure with its line", async () => {
    const dir = project(
      "dev-tail",
      `export const handler = (e: { bad?: boolean }, ctx: { log: { info(text: string): void } }) => {
  ctx.log.info("called");
  if (e.bad) throw new Error("bad input");
  return 1;
};
`,
    );
    const dev = begin(["dev", dir, "--lang", "es"]);
    await until("it watches", async () => (dev.err().includes("Ctrl-C termina") ? true : null));
    await pulse("invoke", "dev-tail@dev");
    await until("the call is told", async () => (/✓ dev-tail .*v1 · 200/.test(dev.out()) ? true : null));
    expect(dev.out()).toContain("info   called");
    await pulse("invoke", "dev-tail@dev", "-d", '{"bad":true}');
    await until("the failure is told", async () => (dev.out().includes("→ 3 │   if (e.bad)") ? true : null));
    expect(dev.out()).toContain("bad input");
    dev.child.kill("SIGTERM");
    expect((await dev.ended).code).toBe(143);
  });
});

test("apply makes what a folder says, does nothing the second time, tells what differs, and prunes only what is listed", async () => {
  const write = (path: string, text: string) => {
    mkdirSync(join(folder, "shop", path, ".."), { recursive: true });
    writeFileSync(join(folder, "shop", path), text);
  };
  const rest = `webhooks: { ap-push: { provider: github, target: { function: ap-job } } }
channels: { ap-mail: { type: email, to: [ops@example.test] } }\n`;
  const times = (cron: string) =>
    `schedules: { ap-night: { cron: "${cron}", target: { workflow: ap-flow } } }\n`;
  write("functions/ap-job/pulse.jsonc", '{ "name": "ap-job" }');
  write("functions/ap-job/index.ts", "export const handler = () => 1;");
  write("workflows/ap-flow.yaml", "steps: [{ name: Call, type: function, function: ap-job }]\n");
  write("pulse.yaml", "schedules:\n  ap-night: { cron: '0 3 * * *' }\n");
  const wrong = await pulse("apply", "shop", "--yes");
  expect(wrong.err).toContain("shop/pulse.yaml:2:3: error /schedules/ap-night");
  expect(wrong.code).toBe(6);
  write("pulse.yaml", times("0 3 * * *") + rest);
  expect((await pulse("apply", "shop", "--dry-run")).code).toBe(20);
  expect((await pulse("apply", "shop")).code).toBe(2);
  const first = await pulse("apply", "shop", "--yes");
  expect(first).toMatchObject({ code: 0, err: expect.stringMatching(/^\+ function ap-job$/m) });
  expect(first.out).toMatch(/^ap-push {2}http\S+\/hooks\/\S+ {2}\S+\n$/);
  expect(JSON.parse((await pulse("run", "ap-flow", "--json")).out)).toMatchObject({ status: "succeeded" });
  const again = await pulse("apply", "shop", "--dry-run");
  expect([again.code, again.err]).toEqual([0, "= 5 as they should be\n"]);
  write("functions/ap-job/index.ts", "export const handler = () => 2;");
  write("workflows/ap-flow.yaml", "timeout: 1m\nsteps: [{ name: B, type: function, function: ap-job }]\n");
  write("pulse.yaml", times("0 4 * * *") + rest);
  const changed = await pulse("apply", "shop", "--yes");
  expect(changed.err).toContain("~ function ap-job\n    ~ index.ts\n~ workflow ap-flow\n");
  expect(changed.err).toContain('~ cron: "0 3 * * *" → "0 4 * * *"');
  expect((await pulse("apply", "shop", "--dry-run")).code).toBe(0);
  expect((await pulse("invoke", "ap-job")).out.trim()).toBe("2");
  write("pulse.yaml", `removed: { schedules: [ap-night], webhooks: [ap-push] }\n`);
  expect((await pulse("apply", "shop", "--dry-run")).code).toBe(0);
  expect((await pulse("apply", "shop", "--dry-run", "--prune")).code).toBe(20);
  const es = await pulseWith({ PULSE_LANG: "es" }, "apply", "shop", "--prune", "--yes");
  expect([es.code, es.err]).toEqual([0, expect.stringContaining("✓ programación ap-night: eliminado")]);
  expect((await pulse("schedule", "get", "ap-night")).code).toBe(4);
  expect((await pulse("channel", "show", "ap-mail")).code).toBe(0);
}, 120_000);
