import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runWorkflow } from "@pulse/schema/wire/workflow-runs";
import { putWorkflow } from "@pulse/schema/wire/workflows";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Ended, heard } from "./heard.ts";
import { GitHostServer } from "./platforms/git-host.ts";
import { until } from "./platforms/node.ts";
import { programEnv, programPath } from "./platforms/program-env.ts";
import { applySuite } from "./suites/apply.suite.ts";
import { movingInSuite } from "./suites/moving-in.suite.ts";
import { sourcesSuite } from "./suites/sources.suite.ts";
import { startWorld, type World } from "./world.ts";

const entry = programPath("cli/src/main.ts");

/** What gives a command a terminal of its own. */
const withTerminal = test.skipIf(spawnSync("script", ["--version"]).status !== 0);

let world: World;
let git: GitHostServer;
let folder: string;
const running = new Set<ChildProcess>();

/** A command that runs: what it said so far, how to type to it, and how it ended. */
interface Command {
  child: ChildProcess;
  said(): string;
  type(text: string): void;
  ended: Promise<Ended>;
}

function begin(args: string[], { terminal = false, env = {} as Record<string, string> } = {}): Command {
  const whole = [process.execPath, entry, ...args];
  // `script` gives the command a terminal of its own.
  const quoted = whole.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(" ");
  const [program = "", ...words] = terminal ? ["script", "-qefc", `exec ${quoted}`, "/dev/null"] : whole;
  const child = spawn(program, words, {
    cwd: folder,
    env: {
      ...{ ...programEnv(), HOME: folder, PULSE_LANG: "en", TERM: "xterm", SHELL: "/bin/sh" },
      ...{ PULSE_GATEWAY: world.url, PULSE_KEY: world.adminKey },
      ...env,
    },
    stdio: ["pipe", "pipe", "pipe"],
  });
  running.add(child);
  if (!terminal) child.stdin?.end();
  const { said, ended } = heard(child);
  child.once("close", () => running.delete(child));
  return {
    child,
    ended,
    said: () => said.out + said.err,
    type: (text) => void child.stdin?.write(text),
  };
}

const pulse = (...args: string[]) => begin(args).ended;

function file(name: string, text: string): string {
  const path = join(folder, name);
  mkdirSync(join(path, ".."), { recursive: true });
  writeFileSync(path, text);
  return path;
}

const save = (name: string, definition: object) =>
  world.client.call(putWorkflow, { params: { name }, raw: JSON.stringify(definition), signal: world.signal });
const start = async (name: string, inputs: Record<string, never> = {}) =>
  (await world.client.call(runWorkflow, { params: { name }, body: { inputs }, signal: world.signal })).id;

/** A template of an expression. */
const v = (text: string) => `\${{ ${text} }}`;
const who = v("inputs.who");
const hello = {
  name: "Hello",
  type: "execute",
  targets: ["all"],
  command: "echo out; echo err >&2",
} as const;
const ask = { id: "ask", name: "Ask", type: "prompt", message: "Go on?", options: ["Yes", "No"] } as const;

beforeAll(async () => {
  git = await GitHostServer.start();
  const gatewayEnv = { PULSE_OUTBOUND_HOSTS: git.host };
  world = await startWorld({ gatewayEnv, runnerEnv: { PULSE_COMMANDS: "allow" } });
  await save("hello", {
    inputs: { who: { type: "string", default: "you" }, times: { type: "integer", default: 1 } },
    steps: [{ ...hello, command: `echo hello ${who}; echo hello ${who} ${v("inputs.times")}` }],
    outputs: { who: "inputs.who" },
  });
  await save("broken", { steps: [{ ...hello, command: "echo dying; exit 3" }] });
  await save("asks", {
    steps: [
      {
        ...ask,
        form: {
          ticket: { type: "string", required: true, pattern: "^OPS-[0-9]+$" },
          batch: { type: "integer" },
        },
      },
      { name: "Say", type: "set", set: { n: "steps.ask.form.batch" } },
    ],
    outputs: { said: "promptResponse", ticket: "steps.ask.form.ticket", batch: "vars.n" },
  });
  await save("simple", { steps: [ask] });
  await save("long", { steps: [{ name: "Nap", type: "wait", duration: "1h" }] });
}, 180_000);
afterAll(async () => {
  await world?.stop();
  git?.close();
}, 60_000);
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "pulse-wf-"));
});
afterEach(() => {
  for (const child of running) child.kill("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
});

movingInSuite(() => world, pulse);
applySuite(() => world);
sourcesSuite(
  () => world,
  () => ({
    ...{ git, pool: "default" },
    // Another one that is asked for is the one that waits, and is due now.
    goOn: async () => void (await pulse("source", "sync", "shop", "--no-wait")),
  }),
);

describe("definitions on disk", () => {
  const good = "name: from-yaml\nsteps:\n  - name: Nap\n    type: wait\n    duration: 1s\n";
  const bad = "steps:\n  - name: Nap\n    type: wait\n    condition: inputs.x ===\n";

  test("every problem has file, line and column, and one bad file keeps all from being saved", async () => {
    file("defs/a.yaml", good);
    file("defs/b.yaml", bad);
    const checked = await pulse("workflow", "validate", "defs");
    expect(checked.code).toBe(6);
    expect(checked.err).toMatch(/^defs\/b\.yaml:4:\d+: error \/steps\/0\/condition \(\d+\): /m);
    expect(checked.out).toBe("defs/a.yaml is in order\ndefs/b.yaml is not in order\n");
    const deployed = await pulse("workflow", "deploy", "defs");
    expect(deployed.code).toBe(6);
    expect((await pulse("workflow", "get", "from-yaml")).code).toBe(4);
  });

  test("a folder of YAML and JSON is saved, listed, exported and read back as the same", async () => {
    file("defs/a.yaml", good);
    file("defs/from-json.json", JSON.stringify({ steps: [{ name: "Nap", type: "wait", duration: 5 }] }));
    const first = await pulse("workflow", "deploy", "defs");
    expect([first.code, first.err]).toEqual([
      0,
      "✓ from-yaml saved, revision 1\n✓ from-json saved, revision 1\n",
    ]);
    expect((await pulse("workflow", "deploy", "defs")).err).toContain(
      "from-yaml unchanged, revision 1 stands",
    );
    const listed = JSON.parse((await pulse("workflow", "list", "--q", "from-", "--json")).out);
    expect(listed.items.map(({ name }: { name: string }) => name)).toEqual(["from-json", "from-yaml"]);
    const yaml = await pulse("workflow", "export", "from-json");
    expect(yaml.out).toBe("steps:\n  - name: Nap\n    type: wait\n    duration: 5\n");
    const json = await pulse("workflow", "export", "from-yaml@1", "--format", "json");
    expect(JSON.parse(json.out)).toEqual({
      name: "from-yaml",
      steps: [{ name: "Nap", type: "wait", duration: "1s" }],
    });
    await pulse("workflow", "export", "--dir", "all");
    expect(readdirSync(join(folder, "all"))).toContain("from-yaml.yaml");
    expect((await pulse("workflow", "deploy", "all")).err).not.toContain("saved");
    expect(readFileSync(join(folder, "all/from-yaml.yaml"), "utf8")).toBe(good);
  });

  test("one that is disabled is not started, one that is deleted is gone", async () => {
    await pulse("workflow", "deploy", file("off.yaml", good), "--name", "off");
    expect((await pulse("workflow", "disable", "off", "--reason", "broken disk")).code).toBe(0);
    const refused = await pulse("run", "off");
    expect([refused.code, refused.err.includes("disabled")]).toEqual([5, true]);
    expect((await pulse("workflow", "enable", "off")).code).toBe(0);
    expect((await pulse("run", "off", "--no-follow")).code).toBe(0);
    expect((await pulse("workflow", "delete", "off")).code).toBe(0);
    expect((await pulse("workflow", "get", "off")).code).toBe(4);
  });
});

test("plan shows targets, commands and conditions as they would be, and runs nothing", async () => {
  const before = JSON.parse((await pulse("execution", "list", "--kind", "workflow", "--json")).out).items
    .length;
  const path = file(
    "plan.yaml",
    [
      "inputs: { who: { type: string }, loud: { type: boolean, default: false } }",
      "steps:",
      `  - { id: say, name: Say, type: execute, targets: [all], command: 'echo ${who}' }`,
      "  - { name: Shout, type: execute, targets: [all], condition: inputs.loud, command: echo }",
      "  - { name: Later, type: execute, targets: [all], condition: steps.say.outputs.x, command: echo }",
    ].join("\n"),
  );
  const { code, out } = await pulse("workflow", "plan", path, "-i", "who=Ada Lovelace");
  expect(code).toBe(0);
  expect(out).toContain("echo 'Ada Lovelace'");
  expect(out).toContain("on local");
  expect(out).toMatch(/Shout .*does not run/);
  expect(out).toMatch(/Later .*depends on steps\.say\.outputs/);
  const missing = await pulse("workflow", "plan", path, "-i", "whom=x");
  expect([missing.code, missing.err.includes("did you mean who")]).toEqual([6, true]);
  const after = JSON.parse((await pulse("execution", "list", "--kind", "workflow", "--json")).out).items
    .length;
  expect(after).toBe(before);
});

describe("run follows", () => {
  test("steps with their words, log lines with their machine, and the outputs as the answer", async () => {
    const { code, out, err } = await pulse("run", "hello", "-i", "who=Ada", "-i", "times=2");
    expect([code, JSON.parse(out)]).toEqual([0, { who: "Ada" }]);
    expect(err).toMatch(/^hello runs as exe_/m);
    expect(err.match(/^ {2}local │ hello Ada( 2)?$/gm)).toHaveLength(2);
    expect(err).toMatch(/^✓ Hello {2}succeeded \d+\.\d s$/m);
    expect(err.indexOf("local │")).toBeLessThan(err.indexOf("✓ Hello"));
    expect(err).toMatch(/✓ hello succeeded after/);
  });

  test("exit codes tell how it ended, and --json gives one document", async () => {
    const failed = await pulse("run", "broken");
    expect(failed.code).toBe(10);
    expect(failed.err).toMatch(/local │ dying[\s\S]*✗ Hello {2}failed[\s\S]*3/);
    const waited = await pulse("run", "hello", "--wait", "--json");
    expect(JSON.parse(waited.out)).toMatchObject({ kind: "workflow", status: "succeeded" });
    expect(waited.err).toBe("");
    const spanish = await begin(["run", "broken", "--lang", "es"]).ended;
    expect(spanish.err).toContain("Hello  falló");
    expect((await pulse("run", "nothing")).code).toBe(4);
    expect((await pulse("run", "hello", "-i", "times=many")).code).toBe(6);
    expect((await pulse("run", "long", "--timeout", "1s")).code).toBe(11);
    const left = await pulse("run", "long", "--wait", "1");
    expect([left.code, left.err]).toEqual([
      11,
      expect.stringMatching(/^exe_\w+ goes on: pulse run --attach/),
    ]);
    expect((await pulse("run", "long", "--wait", "soon")).code).toBe(2);
  });

  test("--no-follow prints the id, and --attach follows it", async () => {
    const { out } = await pulse("run", "hello", "--no-follow");
    expect(out).toMatch(/^exe_[0-9a-z]+\n$/);
    const attached = await pulse("run", "--attach", out.trim(), "--trace");
    expect([attached.code, attached.err.includes("local │ hello you")]).toEqual([0, true]);
    expect(attached.err).toContain("/v1/events?topics=execution%3A");
  });
});

describe("prompts", () => {
  const open = () =>
    until("a prompt is open", async () => {
      const { items } = JSON.parse((await pulse("answer", "--json")).out);
      return items.length === 1 ? items[0] : null;
    });

  test("without a terminal run says where to answer; answer lists, checks and answers; the second sees who was first", async () => {
    const run = begin(["run", "asks"]);
    const { id, url, execution } = await open();
    expect((await pulse("answer")).out).toContain(id);
    const bad = await pulse("answer", id, "Yes", "-F", "ticket=7");
    expect([bad.code, bad.err.includes("/form/ticket")]).toEqual([6, true]);
    const none = await pulse("answer", id);
    expect([none.code, none.err.includes("Yes, No")]).toEqual([2, true]);
    const good = await pulse("answer", execution, "Yes", "-F", "ticket=OPS-7", "-F", "batch=3");
    expect([good.code, good.err]).toEqual([0, "✓ answered: Yes\n"]);
    const late = await pulse("answer", id, "No");
    expect([late.code, late.err]).toEqual([5, expect.stringContaining("has answered already: Yes")]);
    const { code, out, err } = await run.ended;
    expect([code, JSON.parse(out)]).toEqual([0, { said: "Yes", ticket: "OPS-7", batch: 3 }]);
    expect(err).toContain(url);
    expect(err).toMatch(/has answered: Yes/);
    expect((await pulse("answer")).out).toBe("nothing here\n");
  });

  withTerminal("at a terminal run asks: option, then the form, and again what is wrong", async () => {
    const run = begin(["run", "asks"], { terminal: true });
    const asked = (text: string) =>
      until(text, async () => (run.said().includes(text) ? true : null), undefined, 30_000);
    await asked("Answer (1 Yes · 2 No):");
    run.type("perhaps\n");
    await asked("none of the options");
    run.type("1\n");
    await asked("ticket (string, needed):");
    run.type("nonsense\n");
    await asked("must match");
    run.type("OPS-9\n");
    await asked("batch (integer):");
    run.type("4\n");
    const { code, out } = await run.ended;
    expect([code, out.includes('"ticket": "OPS-9"')]).toEqual([0, true]);
  });

  withTerminal("answered elsewhere, the question at the terminal goes away", async () => {
    const run = begin(["run", "simple"], { terminal: true });
    const { id } = await open();
    await until("it asks", async () => (run.said().includes("Answer (") ? true : null));
    await pulse("answer", id, "No");
    const { code, out } = await run.ended;
    expect([code, out.includes("has answered: No")]).toEqual([0, true]);
  });
});

describe("Ctrl-C", () => {
  const stopAt = async (answer: string) => {
    const id = await start("long");
    const run = begin(["run", "--attach", id], { terminal: true });
    await until("it follows", async () => (run.said().includes("Nap") ? true : null));
    run.type("\u0003");
    await until("it asks", async () => (run.said().includes("Cancel it (c)") ? true : null));
    run.type(`${answer}\n`);
    return { id, ended: await run.ended };
  };

  withTerminal("can cancel the execution", async () => {
    const { id, ended } = await stopAt("c");
    expect([ended.code, ended.out]).toEqual([12, expect.stringContaining("cancelled")]);
    expect((await world.ended(id)).status).toBe("cancelled");
  });

  withTerminal("can leave it to itself", async () => {
    const { id, ended } = await stopAt("d");
    expect([ended.code, ended.out.includes(`pulse run --attach ${id}`)]).toEqual([130, true]);
    expect((await world.execution(id)).status).toBe("waiting");
  });

  test("without a terminal leaves it to itself", async () => {
    const id = await start("long");
    const run = begin(["run", "--attach", id]);
    await until("it follows", async () => (run.said().includes("Nap") ? true : null));
    run.child.kill("SIGINT");
    expect((await run.ended).code).toBe(130);
    expect((await world.execution(id)).status).toBe("waiting");
  });
});

test("a run is run again with another input, and the two are compared; a step that there is not is named", async () => {
  const id = await start("hello");
  await world.ended(id);
  const made = await pulse("execution", "rerun", id, "-i", "who=Ada", "--wait", "--json");
  const again = JSON.parse(made.out);
  expect([made.code, again.run.rerunOf, again.run.inputs]).toEqual([0, id, { who: "Ada", times: 1 }]);
  const diff = await pulse("execution", "diff", id, again.id);
  expect(diff.code).toBe(20);
  expect(diff.out).toContain('  ~ /who  "you" → "Ada"\n');
  expect(diff.out).toMatch(/^ +-hello you 1$/m);
  expect(diff.out).toMatch(/^ +\+hello Ada 1$/m);
  expect((await pulse("execution", "diff", id, id)).code).toBe(0);
  const wrong = await pulse("execution", "rerun", id, "--from-step", "Helo");
  expect([wrong.code, wrong.err.includes("Did you mean hello?")]).toEqual([6, true]);
});
