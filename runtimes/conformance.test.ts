import { spawnSync } from "node:child_process";
import { afterEach, describe, expect, test } from "vitest";
import {
  bytesOf,
  type Case,
  forLanguage,
  headOf,
  jsonOf,
  load,
  type Observation,
  perform,
  placeCode,
  readCases,
  word,
} from "./case-runner.ts";
import {
  Bootstrap,
  encode,
  firstCredit,
  type Json,
  type JsonObject,
  type Language,
  type Transport,
} from "./frame-driver.ts";

/** The programs that run the bootstraps; python3 is asked for its own path, for on some machines the name is a slow wrapper. */
const found = spawnSync("python3", [
  "-c",
  "import sys; assert sys.version_info >= (3, 11); print(sys.executable)",
]);
const programs: Record<Language, string | null> = {
  typescript: process.env.PULSE_TEST_NODE ?? "node",
  python: process.env.PULSE_TEST_PYTHON ?? (found.status === 0 ? found.stdout.toString().trim() : null),
};
if (programs.python === null)
  process.stderr.write("python3 (3.11 or later) is missing: the Python runtime's tests are skipped\n");

const running: { runtime: Bootstrap; remove(): void }[] = [];

afterEach(async () => {
  const ended = running.splice(0);
  await Promise.all(ended.map(({ runtime }) => runtime.destroy()));
  for (const { remove } of ended) remove();
  expect(ended.flatMap(({ runtime }) => runtime.violations)).toEqual([]);
});

async function started(language: Language, transport: Transport, files: Case["files"][Language] = {}) {
  const code = placeCode(files);
  const runtime = await Bootstrap.start(language, transport, programs[language] ?? "");
  running.push({ runtime, remove: code.remove });
  return { runtime, entry: code.entry };
}

function compare(seen: Observation, expected: JsonObject): void {
  const { status, headers, body, error, broken, exited, logs, logCount } = expected;
  if (exited !== true) expect({ ...seen, body: "" }).toMatchObject({ exited: false });
  else expect(seen.exited).toBe(true);
  if (status !== undefined) expect([seen.status, seen.error]).toEqual([status, null]);
  for (const [name, value] of Object.entries((headers ?? {}) as JsonObject)) {
    const all = seen.headers.filter(([one]) => one === name).map(([, one]) => one);
    expect({ [name]: all }).toEqual({ [name]: value === null ? [] : Array.isArray(value) ? value : [value] });
  }
  if (body !== undefined) compareBody(seen.body, body as JsonObject);
  if (error !== undefined) compareError(seen.error, error as JsonObject);
  if (error !== undefined) expect(seen.status !== null).toBe(broken === true);
  if (logCount !== undefined) expect(seen.logs.length).toBeGreaterThanOrEqual(Number(logCount));
  let at = 0;
  for (const line of (logs ?? []) as JsonObject[]) {
    const index = seen.logs.findIndex((one, i) => i >= at && isLine(one, line));
    expect(seen.logs.slice(0, 20), `a line ${JSON.stringify(line)} after ${at} others`).toSatisfy(
      () => index >= 0,
    );
    at = index + 1;
  }
}

function isLine(seen: JsonObject, { text, ...rest }: JsonObject): boolean {
  if (!String(seen.text).includes(String(text))) return false;
  return Object.entries(rest).every(([key, value]) => isEqual(seen[key] ?? null, value));
}

function isEqual(a: Json, b: Json): boolean {
  try {
    expect(a).toEqual(b);
    return true;
  } catch {
    return false;
  }
}

function compareBody(seen: Buffer, body: JsonObject): void {
  if (body.text !== undefined) expect(seen.toString()).toBe(body.text);
  if (body.json !== undefined) expect(JSON.parse(seen.toString())).toEqual(body.json);
  if (body.contains !== undefined) expect(seen.toString()).toContain(body.contains);
  if (body.base64 !== undefined) expect(seen.toString("base64")).toBe(body.base64);
  if (body.repeat !== undefined) {
    // A shape that `cases/README.md` describes; compared as bytes, for a diff of megabytes helps nobody.
    const wanted = bytesOf({ repeat: String(body.repeat), times: Number(body.times) });
    expect([seen.length, wanted?.equals(seen)]).toEqual([wanted?.length, true]);
  }
}

function compareError(seen: JsonObject | null, { message, stack, lacks, ...rest }: JsonObject): void {
  expect(seen).toMatchObject(rest);
  if (message !== undefined) expect(seen?.message).toContain(message);
  if (stack !== undefined) expect(seen?.stack).toContain(stack);
  if (lacks !== undefined) expect(seen?.stack).not.toContain(lacks);
}

const languages: Language[] = ["typescript", "python"];
const transports: Transport[] = ["stdio", "socket"];
for (const language of languages) {
  for (const transport of transports) {
    describe.skipIf(programs[language] === null)(`${language} over ${transport}`, () => {
      for (const { file, cases } of readCases()) {
        const own = cases.filter(({ files }) => files[language] !== undefined);
        if (own.length === 0) continue;
        describe(file, () => {
          for (const one of own) {
            test(one.name, () => runCase(one, language, transport));
          }
        });
      }
      describe("frames", () => frameTests(language, transport));
    });
  }
}

async function runCase(one: Case, language: Language, transport: Transport): Promise<void> {
  const { runtime, entry } = await started(language, transport, one.files[language]);
  const answer = await load(runtime, entry, forLanguage(one.load ?? {}, language) as JsonObject);
  if (one.refused !== undefined) {
    compareError(answer, forLanguage(one.refused, language) as JsonObject);
    return;
  }
  expect(answer).toMatchObject({
    ok: true,
    initMs: expect.any(Number),
    ...(forLanguage(one.ready ?? {}, language) as JsonObject),
  });
  let number = 0;
  const run = async (call: NonNullable<Case["calls"]>[number]) => {
    number += 1;
    const nonce = `\0pulse:nonce-${number}-f3a1\n`;
    const seen = await perform(runtime, number, call, one.answers);
    compare(seen, forLanguage(call.expect, language) as JsonObject);
    if (!seen.exited) expect(await runtime.until(() => runtime.output.stderr.includes(nonce))).toBe(true);
  };
  if (one.together === true) await Promise.all((one.calls ?? []).map(run));
  else for (const call of one.calls ?? []) await run(call);
  // Beside the marks at the ends of calls.
  if (one.silent === true) expect(runtime.output.stderr.replaceAll(/\0pulse:[^\n]*\n/g, "")).toBe("");
}

const sources: Record<string, Record<Language, Record<string, string[]>>> = {
  quick: {
    typescript: { "index.js": ["export const handler = (event) => ({ got: event });"] },
    python: { "main.py": ["def handler(event, ctx):", "    return {'got': event}"] },
  },
  flood: {
    typescript: {
      "index.js": [
        "export async function* handler(event, ctx) {",
        "  for (let i = 0; i < 40; i++) { ctx.log.info('chunk ' + i); yield 'x'.repeat(50_000); }",
        "}",
      ],
    },
    python: {
      "main.py": [
        "def handler(event, ctx):",
        "    for i in range(40):",
        "        ctx.log.info(f'chunk {i}')",
        "        yield 'x' * 50_000",
      ],
    },
  },
  unread: {
    typescript: { "index.js": ["export default () => new Response('early');"] },
    python: { "main.py": ["def fetch(request, ctx):", "    return 'early'"] },
  },
  fds: {
    typescript: {
      "index.js": [
        "import { execFileSync } from 'node:child_process';",
        "export const handler = () => ({",
        "  child: execFileSync('/bin/sh', ['-c', 'ls /proc/$$/fd; cat']).toString(),",
        "  names: Object.keys(process.env).filter((name) => name.startsWith('PULSE_')),",
        "});",
      ],
    },
    python: {
      "main.py": [
        "import os, subprocess",
        "def handler(event, ctx):",
        "    child = subprocess.run(['/bin/sh', '-c', 'ls /proc/$$/fd; cat'], stdout=subprocess.PIPE, close_fds=False)",
        "    return {'child': child.stdout.decode(), 'names': [n for n in os.environ if n.startswith('PULSE_')]}",
      ],
    },
  },
};

/** What only shows between the frames. */
function frameTests(language: Language, transport: Transport): void {
  const loaded = async (name: string) => {
    const { runtime, entry } = await started(language, transport, sources[name]?.[language]);
    expect(await load(runtime, entry)).toMatchObject({ ok: true });
    return runtime;
  };

  test("the greeting names the language, its version and the protocol", async () => {
    const { runtime } = await started(language, transport);
    await runtime.until(() => runtime.of(0, "R").length > 0);
    expect(jsonOf(runtime.frames[0]?.payload ?? Buffer.alloc(0))).toEqual({
      ...{ stem: true, language, protocol: 1 },
      languageVersion: expect.stringMatching(/^\d+\.\d+\.\d+/),
    });
  });

  test("the end of the line ends the process with 0, before and after a load", async () => {
    const { runtime } = await started(language, transport);
    await runtime.until(() => runtime.of(0, "R").length > 0);
    runtime.hangUp();
    expect(await runtime.exited).toBe(0);
    const warm = await loaded("quick");
    warm.hangUp();
    expect(await warm.exited).toBe(0);
  });

  test("a payload over the limit, or JSON that does not parse, ends the process with 70", async () => {
    const long = await loaded("quick");
    long.write(Buffer.from([0, 1, 0, 1, 0x42, 0, 0, 0, 1]));
    expect(await long.exited).toBe(70);
    const broken = await loaded("quick");
    broken.write(encode("Q", 1, "{nope"));
    expect(await broken.exited).toBe(70);
  });

  test("frames of unknown types and of calls that are over are skipped; frames may come in any pieces", async () => {
    const runtime = await loaded("quick");
    runtime.send("Z", 0, { what: 1 });
    runtime.send("z", 9, Buffer.from("?"));
    for (const type of ["B", "E", "W", "C", "A"]) runtime.send(type, 77, Buffer.alloc(4));
    const bytes = Buffer.concat([
      encode("Q", 1, JSON.stringify(headOf({}, 1, true))),
      encode("B", 1, '{"a":'),
      encode("B", 1, "1}"),
      encode("E", 1),
    ]);
    for (const byte of bytes) runtime.write(Buffer.from([byte]));
    await runtime.until(() => runtime.of(1, "D").length > 0);
    expect(runtime.of(1).map(({ type }) => type)).toEqual(["H", "B", "E", "D"]);
    expect(runtime.of(1, "B")[0]?.payload.toString()).toBe('{"got":{"a":1}}');
  });

  test("a response waits for credit; logs and other calls do not", async () => {
    const runtime = await loaded("flood");
    runtime.send("Q", 1, headOf({}, 1, false));
    const bytes = () => runtime.of(1, "B").reduce((sum, { payload }) => sum + payload.length, 0);
    await runtime.until(() => bytes() >= firstCredit);
    expect(bytes()).toBe(firstCredit);
    for (let rest = 2_000_000 - firstCredit; rest > 0; rest -= 100_000) {
      const before = bytes();
      runtime.send("W", 1, word(Math.min(rest, 100_000)));
      await runtime.until(() => bytes() === before + Math.min(rest, 100_000));
    }
    await runtime.until(() => runtime.of(1, "D").length > 0);
    expect([bytes(), runtime.of(1, "L").length, runtime.of(1, "E").length]).toEqual([2_000_000, 40, 1]);
  });

  test("a cancelled call does not wait for credit for ever", async () => {
    const runtime = await loaded("flood");
    runtime.send("Q", 1, headOf({}, 1, false));
    await runtime.until(() => runtime.of(1, "L").length >= 6);
    runtime.send("C", 1, { reason: "disconnected" });
    await runtime.until(() => runtime.of(1, "D").length > 0);
    expect(runtime.of(1, "X", "E").map(({ type }) => type)).toEqual(["X"]);
  });

  test("a request body that nobody reads blocks nothing", async () => {
    const runtime = await loaded("unread");
    for (let call = 1; call <= 3; call++) {
      runtime.send("Q", call, headOf({}, call, true));
      for (let sent = 0; sent < firstCredit; sent += 65_536) runtime.send("B", call, Buffer.alloc(65_536));
      await runtime.until(() => runtime.of(call, "D").length > 0);
      expect(runtime.of(call, "B")[0]?.payload.toString()).toBe("early");
    }
  });

  test("the sentinel is written to every raw log stream, before D, and hides nothing else", async () => {
    const runtime = await loaded("quick");
    await perform(runtime, 1, { expect: {} });
    const sentinel = "\0pulse:nonce-1-f3a1\n";
    await runtime.until(() => runtime.output.stderr.includes(sentinel));
    if (transport === "socket") await runtime.until(() => runtime.output.stdout.includes(sentinel));
    expect(runtime.output).toEqual({ stdout: transport === "socket" ? sentinel : "", stderr: sentinel });
  });

  test("children inherit no line of frames and an empty stdin, and the code sees no variable of ours", async () => {
    const runtime = await loaded("fds");
    const { body } = await perform(runtime, 1, { expect: {} });
    // What this test's own children inherit comes from who started it.
    const here = spawnSync("/bin/sh", ["-c", "ls /proc/$$/fd"], { stdio: ["ignore", "pipe", "pipe"] });
    expect(JSON.parse(body.toString())).toEqual({ child: here.stdout.toString(), names: [] });
  });

  test("a warm call takes less than 5 ms", async () => {
    const runtime = await loaded("quick");
    const times: number[] = [];
    for (let call = 1; call <= 300; call++) {
      const begun = performance.now();
      await perform(runtime, call, { request: { body: '{"a":1}' }, expect: {} });
      times.push(performance.now() - begun);
    }
    times.sort((a, b) => a - b);
    // The median includes this test's own work; 5 ms leaves room for a busy machine.
    expect(times[150]).toBeLessThan(5);
  });
}
