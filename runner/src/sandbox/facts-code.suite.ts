import type { Language } from "@pulse/schema/wire/manifest";

/** Code of the same fact in both languages. */
export type Code = Record<Language, string[]>;

/** 64 MiB in parts of 64 KiB; says when nobody has taken one for half a second. */
export const flood: Code = {
  typescript: [
    "export async function* handler(event, ctx) {",
    "  let sent = 0, seen = -1;",
    "  const watch = setInterval(() => {",
    "    if (sent === seen) { ctx.log.info('stuck at ' + sent * 65536); clearInterval(watch); }",
    "    seen = sent;",
    "  }, 250);",
    "  ctx.signal.addEventListener('abort', () => ctx.log.info('heard ' + ctx.signal.reason.message));",
    "  const part = new Uint8Array(65536);",
    "  try { for (; sent < 1024; sent++) yield part; } finally { clearInterval(watch); }",
    "}",
  ],
  python: [
    "import threading, time",
    "def handler(event, ctx):",
    "    state = {'sent': 0}",
    "    def watch():",
    "        seen = -1",
    "        while state['sent'] != seen:",
    "            seen = state['sent']",
    "            time.sleep(0.25)",
    '        ctx.log.info(f"stuck at {seen * 65536}")',
    "    threading.Thread(target=watch, daemon=True).start()",
    "    part = bytes(65536)",
    "    try:",
    "        for state['sent'] in range(1, 1025):",
    "            yield part",
    "    finally:",
    "        ctx.log.info(f'heard {ctx.cancelled.reason}')",
  ],
};

/** Answers only when it is told to stop. */
export const lateAnswer: Code = {
  typescript: [
    "export const handler = (event, ctx) => new Promise((resolve) => {",
    "  ctx.log.info('waiting');",
    "  ctx.signal.addEventListener('abort', () => { ctx.log.info('heard ' + ctx.signal.reason.message); resolve('late'); });",
    "});",
  ],
  python: [
    "def handler(event, ctx):",
    "    ctx.log.info('waiting')",
    "    ctx.cancelled.wait(20)",
    "    ctx.log.info(f'heard {ctx.cancelled.reason}')",
    "    return 'late'",
  ],
};

export const deaf: Code = {
  typescript: ["export const handler = () => { console.log('here'); for (;;); };"],
  python: ["def handler(event, ctx):", "    print('here', flush=True)", "    while True:", "        pass"],
};

export const exits: Code = {
  typescript: [
    "import { writeSync } from 'node:fs';",
    "export const handler = () => { writeSync(1, 'no line end'); process.exit(3); };",
  ],
  python: ["import os", "def handler(event, ctx):", "    os.write(1, b'no line end')", "    os._exit(3)"],
};

export const exitsInStream: Code = {
  typescript: [
    "export async function* handler() {",
    "  yield 'first';",
    "  await new Promise((resolve) => setTimeout(resolve, 200));",
    "  process.exit(3);",
    "}",
  ],
  python: [
    "import os, time",
    "def handler(event, ctx):",
    "    yield 'first'",
    "    time.sleep(0.2)",
    "    os._exit(3)",
  ],
};

export const exitsInLoad: Code = {
  typescript: ["console.error('no licence');", "process.exit(4);", "export const handler = () => 1;"],
  python: ["import os, sys", "os.write(2, b'no licence')", "os._exit(4)", "def handler(): return 1"],
};

/** 20,000 lines of 2,500 bytes past the language, then one without its end. */
export const prints: Code = {
  typescript: [
    "import { writeSync } from 'node:fs';",
    "export const handler = () => {",
    "  const line = 'x'.repeat(2499) + '\\n';",
    "  for (let i = 0; i < 20_000; i++) writeSync(1, line);",
    "  writeSync(1, 'last');",
    "};",
  ],
  python: [
    "import os",
    "def handler(event, ctx):",
    "    line = b'x' * 2499 + b'\\n'",
    "    for i in range(20_000):",
    "        os.write(1, line)",
    "    os.write(1, b'last')",
  ],
};

/** Goes on for five seconds after its answer. */
export const worksOn: Code = {
  typescript: [
    "export const handler = (event, ctx) => {",
    "  ctx.waitUntil(new Promise((resolve) => setTimeout(() => { ctx.log.info('done'); resolve(); }, 5000)));",
    "  return 'soon';",
    "};",
  ],
  python: [
    "import time",
    "def handler(event, ctx):",
    "    ctx.wait_until(lambda: time.sleep(5) or ctx.log.info('done'))",
    "    return 'soon'",
  ],
};

export const processId: Code = {
  typescript: ["const id = crypto.randomUUID();", "export const handler = () => id;"],
  python: ["import uuid", "id = str(uuid.uuid4())", "def handler(event, ctx):", "    return id"],
};

/** Closes every socket that it has. */
export const closesLine: Code = {
  typescript: [
    "import { closeSync, readdirSync, readlinkSync } from 'node:fs';",
    "export const handler = () => new Promise(() => {",
    "  setInterval(() => undefined, 1000);",
    "  for (const fd of readdirSync('/proc/self/fd')) {",
    "    try { if (readlinkSync('/proc/self/fd/' + fd).startsWith('socket:')) closeSync(Number(fd)); } catch {}",
    "  }",
    "});",
  ],
  python: [],
};

/** Starts a child with a word in its command line, which would go on for a minute; then waits, or exits. */
export function spawns(marker: string, ownSession: boolean, thenExits = false): Code {
  return {
    typescript: [
      "import { spawn } from 'node:child_process';",
      "export const handler = (event, ctx) => new Promise((resolve) => {",
      `  const child = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 60000)', '${marker}'], { detached: ${ownSession}, stdio: 'inherit' });`,
      "  child.once('spawn', () => {",
      "    ctx.log.info('spawned');",
      `    if (${thenExits}) process.exit(1);`,
      "  });",
      "  ctx.signal.addEventListener('abort', () => resolve());",
      "});",
    ],
    python: [
      "import os, subprocess, sys",
      "def handler(event, ctx):",
      `    subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)', '${marker}'], start_new_session=${ownSession ? "True" : "False"})`,
      "    ctx.log.info('spawned')",
      `    if ${thenExits ? "True" : "False"}:`,
      "        os._exit(1)",
      "    ctx.cancelled.wait(20)",
    ],
  };
}

/** Takes memory until there is none. */
export function hoards(inLoad: boolean): Code {
  return {
    typescript: [
      "const take = () => { const all = []; for (;;) all.push(Buffer.alloc(8_000_000, 1)); };",
      inLoad ? "take();" : "",
      "export const handler = () => take();",
    ],
    python: [
      "def take():",
      "    all = []",
      "    while True:",
      "        all.append(b'x' * 8_000_000)",
      inLoad ? "take()" : "",
      "def handler(event, ctx):",
      "    take()",
    ],
  };
}
