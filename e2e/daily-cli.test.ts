import { spawn } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { heard } from "./heard.ts";
import { freePort, until } from "./platforms/node.ts";
import { programEnv, programPath } from "./platforms/program-env.ts";
import { startWorld, type World } from "./world.ts";

const entry = programPath("cli/src/main.ts");
const ranFrom = { own: entry, sources: new URL("../cli/src/main.ts", import.meta.url).pathname };

let world: World;
let folder: string;
beforeAll(async () => {
  world = await startWorld();
  folder = mkdtempSync(join(tmpdir(), "pulse-daily-"));
  write("index.ts", 'export const handler = () => "one";\n');
  write("pulse.jsonc", '{ "name": "daily", "runtime": "typescript", "timeout": "10s" }\n');
}, 180_000);
afterAll(async () => {
  await world?.stop();
  rmSync(folder, { recursive: true, force: true });
}, 60_000);

const write = (path: string, text: string) => writeFileSync(join(folder, path), text);

function begin(args: string[], env: Record<string, string> = {}, program = ranFrom.own) {
  const child = spawn(process.execPath, [program, ...args], {
    cwd: folder,
    env: {
      ...{ ...programEnv(), HOME: folder, PULSE_LANG: "en", NO_COLOR: "1" },
      ...{ PULSE_GATEWAY: world.url, PULSE_KEY: world.adminKey },
      ...env,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  return { child, ...heard(child) };
}
const pulse = (...args: string[]) => begin(args).ended;

test("diff tells what a deploy would change, line by line, and ends with 20; after the deploy nothing differs", async () => {
  const first = await pulse("diff");
  expect(first).toMatchObject({ code: 20, err: "" });
  expect(first.out).toContain("+ function daily");
  expect(first.out).toContain('+export const handler = () => "one";');
  expect(await pulse("deploy")).toMatchObject({ code: 0 });
  expect(await pulse("diff")).toMatchObject({ code: 0, out: "", err: "✓ nothing differs from live\n" });

  write("index.ts", 'export const handler = () => "two";\n');
  write("notes.md", "new\n");
  write("pulse.jsonc", '{ "name": "daily", "runtime": "typescript", "timeout": "20s" }\n');
  const { code, out } = await pulse("diff", ".");
  expect(code).toBe(20);
  expect(out).toContain('~ settings.timeout: "10s" → "20s"');
  expect(out).toContain(
    '--- a/index.ts\n+++ b/index.ts\n@@ -1,1 +1,1 @@\n-export const handler = () => "one";\n+export const handler = () => "two";',
  );
  expect(out).toContain("--- /dev/null\n+++ b/notes.md");
  const told = JSON.parse((await pulse("--json", "diff")).out);
  expect(told).toMatchObject({
    ...{ name: "daily", act: "change" },
    differences: [{ path: "settings.timeout", before: "10s", after: "20s" }],
    files: [
      { path: "index.ts", is: "changed" },
      { path: "notes.md", is: "added" },
    ],
  });
  // With a version that stands and with one that does not.
  expect(await pulse("deploy", "--no-promote")).toMatchObject({ code: 0 });
  expect(await pulse("diff", "--against", "2")).toMatchObject({ code: 0 });
  expect(await pulse("diff", "--against", "live")).toMatchObject({ code: 20 });
  expect(await pulse("diff", "--against", "nothing")).toMatchObject({ code: 4, out: "" });
});

test("open prints where something stands, by id, name or address, and has a browser go there at a terminal alone", async () => {
  const at = async (...what: string[]) => (await pulse("open", ...what)).out;
  expect(await at()).toBe(`${world.url}/\n`);
  expect(await at("/executions?status=failed")).toBe(`${world.url}/executions?status=failed\n`);
  expect(await at("daily")).toBe(`${world.url}/functions/daily\n`);
  expect(await at("local")).toBe(`${world.url}/runners/local\n`);
  const id = (await world.call("/f/daily", { method: "POST" })).headers.get("pulse-execution-id");
  expect(await at(String(id))).toBe(`${world.url}/executions/${id}\n`);
  expect(JSON.parse(await at("daily", "--json"))).toEqual({ url: `${world.url}/functions/daily` });
  expect(await pulse("open", "//evil.example.test/x")).toMatchObject({ code: 0, out: `${world.url}/x\n` });
  expect(await pulse("open", "no-such-thing")).toMatchObject({ code: 4, out: "" });

  const opened = join(folder, "opened");
  write("xdg-open", `#!/bin/sh\necho "$1" >> ${opened}\n`);
  chmodSync(join(folder, "xdg-open"), 0o755);
  const PATH = `${folder}:${programEnv().PATH}`;
  expect((await begin(["open"], { PATH }).ended).code).toBe(0);
  // `script` gives the command a terminal of its own.
  const line = `exec '${process.execPath}' '${entry}' open daily`;
  const child = spawn("script", ["-qefc", line, "/dev/null"], {
    env: {
      ...programEnv(),
      PATH,
      HOME: folder,
      SHELL: "/bin/sh",
      PULSE_GATEWAY: world.url,
      PULSE_KEY: world.adminKey,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  expect(await heard(child).ended).toMatchObject({ code: 0 });
  const seen = await until("the browser was started", async () => {
    try {
      return readFileSync(opened, "utf8") || null;
    } catch {
      return null;
    }
  });
  expect(seen).toBe(`${world.url}/functions/daily\n`);
});

test.each(["own", "sources"] as const)(
  "up starts a gateway with a runner (%s), and leaves nothing behind",
  async (from) => {
    const port = String(await freePort());
    const { child, said, ended } = begin(
      ["up", "--port", port, "--data", join(folder, `data-${from}`)],
      { PULSE_SANDBOX: "process" },
      ranFrom[from],
    );
    await until(
      "it says what to type next",
      async () => (said.out.includes("Ctrl-C stops") ? true : null),
      undefined,
      110_000,
    );
    expect((await fetch(`http://localhost:${port}/readyz`)).status).toBe(200);
    child.kill("SIGINT");
    expect((await ended).code).toBe(0);
    await expect(fetch(`http://localhost:${port}/livez`)).rejects.toThrow();
  },
  180_000,
);
